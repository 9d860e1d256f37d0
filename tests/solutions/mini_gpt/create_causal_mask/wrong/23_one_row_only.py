# misconception: one_row_only
# why: the row of the first position is returned as the whole mask
def create_causal_mask(seq_len):
    mask = torch.full((seq_len,), float("-inf"))
    mask[0] = 0.0
    return mask
