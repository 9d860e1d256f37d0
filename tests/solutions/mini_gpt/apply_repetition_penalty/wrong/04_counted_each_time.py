# misconception: counted_each_time
# why: loops over all ids, repeated ones included
def apply_repetition_penalty(logits, token_ids, penalty):
    result = logits.clone()
    for i in torch.as_tensor(token_ids).tolist():
        result[i] = result[i] / penalty if result[i] > 0 else result[i] * penalty
    return result
