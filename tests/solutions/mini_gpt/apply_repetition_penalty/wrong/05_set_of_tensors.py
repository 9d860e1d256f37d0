# misconception: set_of_tensors
# why: a set does not see that two tensors are equal
def apply_repetition_penalty(logits, token_ids, penalty):
    result = logits.clone()
    for i in set(token_ids):
        result[i] = result[i] / penalty if result[i] > 0 else result[i] * penalty
    return result
