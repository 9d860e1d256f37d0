# misconception: not_sorted
# why: no sort
def top_p_filter(logits, p):
    probs = F.softmax(logits, dim=-1)
    return logits.masked_fill(probs.cumsum(0) - probs >= p, float("-inf"))
