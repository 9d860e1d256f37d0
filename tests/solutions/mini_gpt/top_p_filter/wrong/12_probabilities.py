# misconception: probabilities_returned
# why: softmax at the end
def top_p_filter(logits, p):
    probs, order = F.softmax(logits, dim=-1).sort(descending=True)
    total = probs.cumsum(0)
    kept = order[total - probs < p]
    result = torch.full_like(logits, float("-inf"))
    result[kept] = logits[kept]
    return F.softmax(result, dim=-1)
