# why: a very low number in place of minus infinity
def create_causal_mask(seq_len):
    return torch.triu(torch.full((seq_len, seq_len), torch.finfo(torch.float16).min), 1)
