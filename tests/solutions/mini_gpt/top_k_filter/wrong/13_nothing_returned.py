# misconception: nothing_returned
# why: the return is missing
def top_k_filter(logits, k):
    worst = logits.topk(min(k, len(logits))).values[-1]
    logits = logits.masked_fill(logits < worst, float("-inf"))
