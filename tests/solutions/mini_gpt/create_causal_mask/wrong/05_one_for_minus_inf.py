# misconception: one_for_minus_inf
# why: marks the future with 1, as if to say "masked"
def create_causal_mask(seq_len):
    return torch.triu(torch.ones(seq_len, seq_len), diagonal=1)
