# style: one line, torch.triu of a full tensor
def create_causal_mask(seq_len):
    return torch.triu(torch.full((seq_len, seq_len), float("-inf")), diagonal=1)
