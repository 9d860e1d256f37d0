# misconception: wrong_places
# why: applies the sorted mask to unsorted logits
def top_p_filter(logits, p):
    probs, order = F.softmax(logits, dim=-1).sort(descending=True)
    total = probs.cumsum(0)
    return logits.masked_fill(total - probs >= p, float("-inf"))
