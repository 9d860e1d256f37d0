# misconception: transposed
# why: tril instead of triu hides the past
def create_causal_mask(seq_len):
    return torch.tril(torch.full((seq_len, seq_len), float("-inf")), diagonal=-1)
