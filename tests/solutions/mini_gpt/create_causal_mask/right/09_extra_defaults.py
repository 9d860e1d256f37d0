# style: extra parameters with defaults, a new tensor on the wished device
def create_causal_mask(seq_len, device=None, dtype=torch.float32, *, fill=float("-inf")):
    mask = torch.empty((seq_len, seq_len), device=device, dtype=dtype)
    mask.fill_(fill)
    return mask.triu_(diagonal=1)
