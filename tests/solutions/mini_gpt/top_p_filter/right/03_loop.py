# style: a loop that takes tokens until p is reached
def top_p_filter(logits, p):
    probs = F.softmax(logits, dim=-1)
    result = torch.full_like(logits, float("-inf"))
    total = 0.0
    for i in probs.argsort(descending=True).tolist():
        result[i] = logits[i]
        total += probs[i].item()
        if total >= p:
            break
    return result
