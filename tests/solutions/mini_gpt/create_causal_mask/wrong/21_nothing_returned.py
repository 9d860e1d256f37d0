# misconception: nothing_returned
# why: prints the mask instead of returning it
def create_causal_mask(seq_len):
    mask = torch.triu(torch.full((seq_len, seq_len), float("-inf")), diagonal=1)
    print(mask)
