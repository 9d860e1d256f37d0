# misconception: lowest_float
# why: the lowest finite float where infinity is asked for
def create_causal_mask(seq_len):
    future = torch.ones(seq_len, seq_len).triu(1).bool()
    lowest = torch.finfo(torch.float32).min
    return torch.zeros(seq_len, seq_len).masked_fill(future, lowest)
