# misconception: int_mask
# why: an integer tensor cannot hold -inf, so a large number stands in
def create_causal_mask(seq_len):
    return torch.triu(torch.full((seq_len, seq_len), -(10**9), dtype=torch.long), diagonal=1)
