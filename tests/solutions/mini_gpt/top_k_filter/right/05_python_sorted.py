# style: Python's sorted
def top_k_filter(logits, k):
    keep = set(sorted(range(len(logits)), key=lambda i: -logits[i].item())[:k])
    return torch.tensor([x if i in keep else -math.inf for i, x in enumerate(logits.tolist())])
