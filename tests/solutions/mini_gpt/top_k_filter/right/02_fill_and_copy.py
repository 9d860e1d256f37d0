# style: -inf everywhere, then the best put back
def top_k_filter(logits, k):
    best = logits.argsort(descending=True)[:k]
    result = torch.full_like(logits, -math.inf)
    result[best] = logits[best]
    return result
