# style: from the least likely on, as the library does
def top_p_filter(logits, p):
    values, order = torch.sort(logits)
    gone = values.softmax(dim=-1).cumsum(dim=-1) <= 1 - p
    gone[-1] = False
    out = logits.clone()
    out[order[gone]] = -float("inf")
    return out
