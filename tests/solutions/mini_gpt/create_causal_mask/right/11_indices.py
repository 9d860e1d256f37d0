# style: torch.triu_indices and a helper function
def future_pairs(n):
    return torch.triu_indices(n, n, offset=1)


def create_causal_mask(seq_len):
    rows, cols = future_pairs(seq_len)
    mask = torch.zeros(seq_len, seq_len)
    mask[rows, cols] = float("-inf")
    return mask
