# misconception: sees_one_ahead
# why: the triangle starts two columns after the diagonal
def create_causal_mask(seq_len):
    mask = torch.zeros(seq_len, seq_len)
    for i in range(seq_len):
        mask[i, i + 2:] = float("-inf")
    return mask
