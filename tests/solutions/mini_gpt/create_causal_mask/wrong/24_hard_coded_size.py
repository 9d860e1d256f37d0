# misconception: hard_coded_size
# why: the size of the example is written into the function
def create_causal_mask(seq_len):
    return torch.triu(torch.full((10, 10), float("-inf")), diagonal=1)
