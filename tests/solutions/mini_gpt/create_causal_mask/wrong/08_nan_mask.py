# misconception: nan_mask
# why: multiplies zeros by infinity, which gives nan
def create_causal_mask(seq_len):
    return torch.triu(torch.ones(seq_len, seq_len), diagonal=1) * float("-inf")
