# misconception: sees_only_itself
# why: hides everything but the diagonal
def create_causal_mask(seq_len):
    mask = torch.full((seq_len, seq_len), float("-inf"))
    mask.fill_diagonal_(0.0)
    return mask
