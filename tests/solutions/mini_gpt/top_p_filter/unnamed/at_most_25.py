# why: never keeps more than 25
def top_p_filter(logits, p):
    probs, order = logits.softmax(0).sort(descending=True)
    kept = order[: min(25, max(1, int((probs.cumsum(0) - probs < p).sum())))]
    out = torch.full_like(logits, -math.inf)
    out[kept] = logits[kept]
    return out
