# misconception: subtracted
# why: subtracts the penalty
def apply_repetition_penalty(logits, token_ids, penalty):
    result = logits.clone()
    for i in set(torch.as_tensor(token_ids).tolist()):
        result[i] -= penalty
    return result
