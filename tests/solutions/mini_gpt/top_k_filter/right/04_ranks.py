# style: the rank of each logit
def top_k_filter(logits, k):
    rank = (logits[None, :] > logits[:, None]).sum(dim=1)
    return torch.where(rank < k, logits, torch.tensor(float("-inf")))
