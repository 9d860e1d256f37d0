# misconception: one_too_many
# why: shifts by two places
def top_p_filter(logits, p):
    probs, order = F.softmax(logits, dim=-1).sort(descending=True)
    total = probs.cumsum(0)
    needed = int((total < p).sum()) + 2
    kept = order[:needed]
    result = torch.full_like(logits, float("-inf"))
    result[kept] = logits[kept]
    return result
