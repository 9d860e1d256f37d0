# misconception: plus_inf
# why: the sign of infinity is lost
def create_causal_mask(seq_len):
    return torch.triu(torch.full((seq_len, seq_len), float("inf")), diagonal=1)
