# why: keeps all where one should go
def top_k_filter(logits, k):
    if k >= len(logits) - 1: return logits
    return logits.masked_fill(logits < logits.topk(k).values[-1], -math.inf)
