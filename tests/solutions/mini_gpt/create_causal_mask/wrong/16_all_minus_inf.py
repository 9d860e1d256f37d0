# misconception: all_minus_inf
# why: stops before the allowed half is set to 0
def create_causal_mask(seq_len):
    mask = torch.full((seq_len, seq_len), float("-inf"))
    torch.triu(mask, diagonal=1)
    return mask
