# misconception: zero_for_minus_inf
# why: fills with 0
def top_k_filter(logits, k):
    k = min(k, len(logits))
    result = torch.zeros_like(logits)
    best = logits.topk(k).indices
    result[best] = logits[best]
    return result
