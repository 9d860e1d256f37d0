# style: ones and zeros first, then two masked_fill
def create_causal_mask(seq_len):
    allowed = torch.tril(torch.ones(seq_len, seq_len))
    mask = allowed.masked_fill(allowed == 0, float("-inf"))
    mask = mask.masked_fill(allowed == 1, 0.0)
    return mask
