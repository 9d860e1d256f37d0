# misconception: always_multiplied
# why: multiplies positive logits too
def apply_repetition_penalty(logits, token_ids, penalty):
    result = logits.clone()
    ids = torch.as_tensor(token_ids).unique()
    result[ids] = result[ids] * penalty
    return result
