# misconception: diagonal_masked
# why: the triangle starts on the diagonal, so a position does not see itself
def create_causal_mask(seq_len):
    return torch.triu(torch.full((seq_len, seq_len), float("-inf")), diagonal=0)
