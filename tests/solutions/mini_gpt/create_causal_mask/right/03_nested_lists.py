# style: plain Python lists, turned into a tensor at the end
def create_causal_mask(seq_len):
    rows = []
    for i in range(seq_len):
        row = []
        for j in range(seq_len):
            if j <= i:
                row.append(0.0)
            else:
                row.append(-math.inf)
        rows.append(row)
    return torch.tensor(rows)
