# misconception: inverted
# why: fills the ones of the triangle, which are the allowed positions
def create_causal_mask(seq_len):
    allowed = torch.tril(torch.ones(seq_len, seq_len))
    return torch.zeros(seq_len, seq_len).masked_fill(allowed == 1, float("-inf"))
