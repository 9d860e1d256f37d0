# misconception: argument_changed
# why: no clone
def apply_repetition_penalty(logits, token_ids, penalty):
    for i in set(torch.as_tensor(token_ids).tolist()):
        logits[i] = logits[i] / penalty if logits[i] > 0 else logits[i] * penalty
    return logits
