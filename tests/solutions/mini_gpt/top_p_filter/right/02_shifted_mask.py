# style: the mask shifted by one place
def top_p_filter(logits, p):
    sorted_logits, order = torch.sort(logits, descending=True)
    total = F.softmax(sorted_logits, dim=-1).cumsum(dim=-1)
    remove = total > p
    remove[1:] = remove[:-1].clone()
    remove[0] = False
    mask = torch.zeros_like(remove).scatter(0, order, remove)
    return logits.masked_fill(mask, -math.inf)
