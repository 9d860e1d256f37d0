# misconception: least_likely_kept
# why: sorts upwards
def top_p_filter(logits, p):
    probs, order = F.softmax(logits, dim=-1).sort()
    kept = order[probs.cumsum(0) - probs < p]
    result = torch.full_like(logits, float("-inf"))
    result[kept] = logits[kept]
    return result
