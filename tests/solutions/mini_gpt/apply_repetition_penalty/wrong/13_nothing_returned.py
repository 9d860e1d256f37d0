# misconception: nothing_returned
# why: the return is missing
def apply_repetition_penalty(logits, token_ids, penalty):
    result = logits.clone()
    for i in set(torch.as_tensor(token_ids).tolist()):
        result[i] = result[i] / penalty if result[i] > 0 else result[i] * penalty
