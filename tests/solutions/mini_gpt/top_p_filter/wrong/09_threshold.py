# misconception: threshold_on_probability
# why: compares each probability with p
def top_p_filter(logits, p):
    probs = F.softmax(logits, dim=-1)
    return logits.masked_fill(probs < p, float("-inf"))
