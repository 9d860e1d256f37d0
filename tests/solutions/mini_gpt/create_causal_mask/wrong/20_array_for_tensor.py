# misconception: array_for_tensor
# why: returns a NumPy array
def create_causal_mask(seq_len):
    return torch.triu(torch.full((seq_len, seq_len), float("-inf")), diagonal=1).numpy()
