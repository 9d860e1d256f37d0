# style: the mask of n is the mask of n - 1 with a column and a row more
def create_causal_mask(seq_len):
    if seq_len == 0:
        return torch.zeros(0, 0)
    smaller = create_causal_mask(seq_len - 1)
    column = torch.full((seq_len - 1, 1), float("-inf"))
    row = torch.zeros(1, seq_len)
    return torch.cat([torch.cat([smaller, column], dim=1), row])
