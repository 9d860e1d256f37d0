# why: looks at the last 20 ids
def apply_repetition_penalty(logits, token_ids, penalty):
    result = logits.clone()
    for i in set(int(t) for t in token_ids[-20:]):
        result[i] = result[i] / penalty if result[i] > 0 else result[i] * penalty
    return result
