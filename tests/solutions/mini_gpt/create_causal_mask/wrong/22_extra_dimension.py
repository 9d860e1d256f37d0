# misconception: extra_dimension
# why: adds a batch dimension that nobody asked for
def create_causal_mask(seq_len):
    return torch.triu(torch.full((seq_len, seq_len), float("-inf")), diagonal=1).unsqueeze(0)
