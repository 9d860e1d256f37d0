# style: kthvalue, in place
def top_k_filter(logits, k):
    if k < logits.numel():
        smallest_kept = torch.kthvalue(logits, logits.numel() - k + 1).values
        logits[logits < smallest_kept] = -float("inf")
    return logits
