# misconception: sorted_returned
# why: stays in sorted order
def top_p_filter(logits, p):
    ordered = logits.sort(descending=True).values
    probs = F.softmax(ordered, dim=-1)
    return ordered.masked_fill(probs.cumsum(0) - probs >= p, float("-inf"))
