# misconception: one_too_many
# why: the index counts from 0
def top_k_filter(logits, k):
    ordered = logits.sort(descending=True).values
    worst = ordered[min(k, len(logits) - 1)]
    return logits.masked_fill(logits < worst, float("-inf"))
