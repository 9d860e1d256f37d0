# style: a vector of factors, from scores gathered and scattered
def apply_repetition_penalty(logits, token_ids, penalty):
    ids = torch.as_tensor(token_ids, dtype=torch.long, device=logits.device)
    score = logits.gather(0, ids)
    new = score * torch.pow(torch.tensor(float(penalty)), -torch.sign(score))
    return logits.scatter(0, ids, new)
