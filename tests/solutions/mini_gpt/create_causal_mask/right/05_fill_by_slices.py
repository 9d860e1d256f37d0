# style: a tensor of zeros, each row's end set to -inf in place
def create_causal_mask(seq_len):
    mask = torch.zeros(seq_len, seq_len)
    for i in range(seq_len):
        mask[i, i + 1:] = -float("inf")
    return mask
