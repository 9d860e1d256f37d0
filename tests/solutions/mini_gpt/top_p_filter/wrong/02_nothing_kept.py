# misconception: nothing_kept
# why: keeps what stays below p
def top_p_filter(logits, p):
    probs, order = F.softmax(logits, dim=-1).sort(descending=True)
    total = probs.cumsum(0)
    kept = order[total <= p]
    result = torch.full_like(logits, float("-inf"))
    result[kept] = logits[kept]
    return result
