# misconception: largest_removed
# why: fills the best
def top_k_filter(logits, k):
    result = logits.clone()
    result[logits.topk(min(k, len(logits))).indices] = float("-inf")
    return result
