# style: recursion over the most likely tokens
def top_p_filter(logits, p):
    probs = torch.softmax(logits, -1)

    def take(kept, order):
        kept = kept + order[:1]
        return kept if sum(probs[i].item() for i in kept) >= p or len(order) == 1 else take(kept, order[1:])

    kept = take([], probs.argsort(descending=True).tolist())
    return torch.tensor([x if i in kept else -math.inf for i, x in enumerate(logits.tolist())])
