# misconception: crossing_left_out
# why: keeps what stays below p, and the best in any case
def top_p_filter(logits, p):
    probs, order = F.softmax(logits, dim=-1).sort(descending=True)
    total = probs.cumsum(0)
    below = total < p
    below[0] = True
    kept = order[below]
    result = torch.full_like(logits, float("-inf"))
    result[kept] = logits[kept]
    return result
