# misconception: k_beyond_vocabulary
# why: topk of more than there are
def top_k_filter(logits, k):
    worst = logits.topk(k).values[-1]
    return logits.masked_fill(logits < worst, float("-inf"))
