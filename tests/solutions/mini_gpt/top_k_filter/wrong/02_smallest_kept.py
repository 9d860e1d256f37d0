# misconception: smallest_kept
# why: sorts upwards
def top_k_filter(logits, k):
    best = logits.argsort()[:k]
    result = torch.full_like(logits, float("-inf"))
    result[best] = logits[best]
    return result
