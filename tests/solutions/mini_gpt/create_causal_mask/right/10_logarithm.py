# style: the logarithm of a mask of ones and zeros: log 1 = 0, log 0 = -inf
def create_causal_mask(seq_len):
    return torch.log(torch.tril(torch.ones(seq_len, seq_len)))
