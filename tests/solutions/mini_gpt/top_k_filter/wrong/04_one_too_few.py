# misconception: one_too_few
# why: <= in the comparison with the threshold
def top_k_filter(logits, k):
    worst = logits.topk(min(k, len(logits))).values[-1]
    return logits.masked_fill(logits <= worst, float("-inf"))
