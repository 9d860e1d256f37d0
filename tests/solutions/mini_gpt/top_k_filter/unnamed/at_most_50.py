# why: never keeps more than 50
def top_k_filter(logits, k):
    k = min(k, len(logits), 50)
    return logits.masked_fill(logits < logits.topk(k).values[-1], -math.inf)
