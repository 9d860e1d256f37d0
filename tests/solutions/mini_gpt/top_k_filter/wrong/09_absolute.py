# misconception: absolute_values
# why: compares absolute values
def top_k_filter(logits, k):
    best = logits.abs().topk(min(k, len(logits))).indices
    result = torch.full_like(logits, float("-inf"))
    result[best] = logits[best]
    return result
