# style: everything below the k-th largest
def top_k_filter(logits, k):
    k = min(k, logits.size(-1))
    worst = torch.topk(logits, k).values[-1]
    return logits.masked_fill(logits < worst, float("-inf"))
