# misconception: probabilities_returned
# why: softmax at the end
def top_k_filter(logits, k):
    worst = logits.topk(min(k, len(logits))).values[-1]
    return F.softmax(logits.masked_fill(logits < worst, float("-inf")), dim=-1)
