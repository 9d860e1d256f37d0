# misconception: large_negative
# why: a large finite number where infinity is asked for
def create_causal_mask(seq_len):
    future = torch.triu(torch.ones(seq_len, seq_len), diagonal=1)
    return future * -1e9
