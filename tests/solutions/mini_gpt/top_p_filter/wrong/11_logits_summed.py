# misconception: logits_summed
# why: no softmax
def top_p_filter(logits, p):
    ordered, order = logits.sort(descending=True)
    kept = order[ordered.cumsum(0) < p]
    result = torch.full_like(logits, float("-inf"))
    result[kept] = logits[kept]
    return result
