# style: scatter of a sorted vector
def top_k_filter(logits, k):
    values, order = torch.sort(logits, descending=True)
    values[k:] = float("-inf")
    return torch.empty_like(logits).scatter(0, order, values)
