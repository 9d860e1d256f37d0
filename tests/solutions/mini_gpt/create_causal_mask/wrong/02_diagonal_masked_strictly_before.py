# misconception: diagonal_masked
# why: compares with < where <= is needed
def create_causal_mask(seq_len):
    i = torch.arange(seq_len).unsqueeze(1)
    j = torch.arange(seq_len).unsqueeze(0)
    return torch.where(j < i, 0.0, float("-inf"))
