# misconception: bool_mask
# why: returns which positions are hidden, not what to add
def create_causal_mask(seq_len):
    return torch.triu(torch.ones(seq_len, seq_len), diagonal=1).bool()
