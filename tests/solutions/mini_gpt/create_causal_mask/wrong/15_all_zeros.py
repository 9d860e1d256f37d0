# misconception: all_zeros
# why: masked_fill returns a new tensor, and it is thrown away
def create_causal_mask(seq_len):
    mask = torch.zeros(seq_len, seq_len)
    future = torch.triu(torch.ones(seq_len, seq_len), diagonal=1) == 1
    mask.masked_fill(future, float("-inf"))
    return mask
