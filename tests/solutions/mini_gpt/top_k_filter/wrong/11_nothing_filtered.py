# misconception: nothing_filtered
# why: masked_fill without keeping its result
def top_k_filter(logits, k):
    worst = logits.topk(min(k, len(logits))).values[-1]
    logits.masked_fill(logits < worst, float("-inf"))
    return logits
