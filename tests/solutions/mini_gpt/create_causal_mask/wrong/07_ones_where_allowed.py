# misconception: ones_where_allowed
# why: fills the zeros with -inf and forgets to turn the ones into 0
def create_causal_mask(seq_len):
    mask = torch.tril(torch.ones(seq_len, seq_len))
    mask = mask.masked_fill(mask == 0, float("-inf"))
    return mask
