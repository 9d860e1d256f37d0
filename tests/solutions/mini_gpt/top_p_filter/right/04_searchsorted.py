# style: the place of p in the sums
def top_p_filter(logits, p):
    probs, order = F.softmax(logits.double(), dim=-1).sort(descending=True)
    needed = int(torch.searchsorted(probs.cumsum(0), p)) + 1
    result = torch.full_like(logits, -math.inf)
    result[order[:needed]] = logits[order[:needed]]
    return result
