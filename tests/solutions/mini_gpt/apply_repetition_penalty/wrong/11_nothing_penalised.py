# misconception: nothing_penalised
# why: computes new scores and returns the old ones
def apply_repetition_penalty(logits, token_ids, penalty):
    result = logits.clone()
    score = result[torch.as_tensor(token_ids)]
    score = torch.where(score > 0, score / penalty, score * penalty)
    return result
