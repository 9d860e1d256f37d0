# misconception: minus_one
# why: -1 lowers a score, it does not forbid
def create_causal_mask(seq_len):
    mask = torch.zeros(seq_len, seq_len)
    for i in range(seq_len):
        for j in range(i + 1, seq_len):
            mask[i, j] = -1
    return mask
