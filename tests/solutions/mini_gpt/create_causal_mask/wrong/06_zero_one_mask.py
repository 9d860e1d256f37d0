# misconception: zero_one_mask
# why: a mask to multiply with, where the attention adds it
def create_causal_mask(seq_len):
    return torch.tril(torch.ones(seq_len, seq_len))
