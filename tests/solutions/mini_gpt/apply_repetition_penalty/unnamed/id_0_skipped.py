# why: takes id 0 for no token
def apply_repetition_penalty(logits, token_ids, penalty):
    result = logits.clone()
    for i in set(int(t) for t in token_ids):
        if i:
            result[i] = result[i] / penalty if result[i] > 0 else result[i] * penalty
    return result
