# why: hides what is more than 16 places back
def create_causal_mask(seq_len):
    i = torch.arange(seq_len)
    d = i[:, None] - i
    return torch.where((d >= 0) & (d < 16), 0.0, -math.inf)
