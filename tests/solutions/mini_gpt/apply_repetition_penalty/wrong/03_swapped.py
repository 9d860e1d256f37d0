# misconception: swapped
# why: the condition the wrong way round
def apply_repetition_penalty(logits, token_ids, penalty):
    result = logits.clone()
    ids = torch.as_tensor(token_ids).unique()
    score = result[ids]
    result[ids] = torch.where(score < 0, score / penalty, score * penalty)
    return result
