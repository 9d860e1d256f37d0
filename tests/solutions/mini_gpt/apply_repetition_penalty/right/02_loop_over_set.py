# style: a loop over a set of Python ints
def apply_repetition_penalty(logits, token_ids, penalty):
    result = logits.clone()
    for i in {int(t) for t in token_ids}:
        if result[i] > 0:
            result[i] /= penalty
        else:
            result[i] *= penalty
    return result
