# misconception: list_for_tensor
# why: builds the rows and returns them as a list
def create_causal_mask(seq_len):
    return [[0.0 if j <= i else float("-inf") for j in range(seq_len)] for i in range(seq_len)]
