# misconception: forbidden
# why: sets the logits to -inf
def apply_repetition_penalty(logits, token_ids, penalty):
    result = logits.clone()
    result[torch.as_tensor(token_ids)] = float("-inf")
    return result
