# style: the sum before each token
def top_p_filter(logits, p):
    probs, order = torch.sort(F.softmax(logits, dim=-1), descending=True)
    before = torch.cumsum(probs, dim=0) - probs
    removed = order[before >= p]
    result = logits.clone()
    result[removed] = float("-inf")
    return result
