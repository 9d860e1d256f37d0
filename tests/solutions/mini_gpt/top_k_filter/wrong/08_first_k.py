# misconception: first_k_kept
# why: slices the logits instead of their order
def top_k_filter(logits, k):
    result = torch.full_like(logits, float("-inf"))
    result[:k] = logits[:k]
    return result
