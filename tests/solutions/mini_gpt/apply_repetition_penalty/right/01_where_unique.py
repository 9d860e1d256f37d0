# style: unique ids, torch.where
def apply_repetition_penalty(logits, token_ids, penalty):
    ids = torch.unique(torch.as_tensor(token_ids, device=logits.device))
    result = logits.clone()
    score = result[ids]
    result[ids] = torch.where(score > 0, score / penalty, score * penalty)
    return result
