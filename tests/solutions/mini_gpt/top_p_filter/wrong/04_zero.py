# misconception: zero_for_minus_inf
# why: fills with 0
def top_p_filter(logits, p):
    probs, order = F.softmax(logits, dim=-1).sort(descending=True)
    total = probs.cumsum(0)
    kept = order[total - probs < p]
    result = torch.zeros_like(logits)
    result[kept] = logits[kept]
    return result
