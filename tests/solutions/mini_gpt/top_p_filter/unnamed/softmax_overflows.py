# why: exp of large logits is infinite
def top_p_filter(logits, p):
    e = torch.exp(logits)
    probs, order = (e / e.sum()).sort(descending=True)
    kept = order[probs.cumsum(0) - probs < p]
    kept = order[: max(1, len(kept))]
    out = torch.full_like(logits, -math.inf)
    out[kept] = logits[kept]
    return out
