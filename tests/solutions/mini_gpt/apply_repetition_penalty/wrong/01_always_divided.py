# misconception: always_divided
# why: divides negative logits too
def apply_repetition_penalty(logits, token_ids, penalty):
    result = logits.clone()
    for i in set(int(t) for t in token_ids):
        result[i] = result[i] / penalty
    return result
