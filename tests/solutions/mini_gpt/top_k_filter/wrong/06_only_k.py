# misconception: only_k_returned
# why: returns the values of topk
def top_k_filter(logits, k):
    return logits.topk(min(k, len(logits))).values
