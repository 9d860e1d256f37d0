# misconception: nothing_filtered
# why: masked_fill without keeping its result
def top_p_filter(logits, p):
    probs, order = F.softmax(logits, dim=-1).sort(descending=True)
    total = probs.cumsum(0)
    logits.masked_fill(total - probs >= p, float("-inf"))
    return logits
