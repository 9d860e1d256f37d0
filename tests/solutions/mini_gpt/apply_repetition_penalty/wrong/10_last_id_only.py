# misconception: last_id_only
# why: looks at the last token alone
def apply_repetition_penalty(logits, token_ids, penalty):
    result = logits.clone()
    i = int(token_ids[-1])
    result[i] = result[i] / penalty if result[i] > 0 else result[i] * penalty
    return result
