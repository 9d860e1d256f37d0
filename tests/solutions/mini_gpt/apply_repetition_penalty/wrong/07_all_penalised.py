# misconception: all_penalised
# why: forgets to choose the ids
def apply_repetition_penalty(logits, token_ids, penalty):
    return torch.where(logits > 0, logits / penalty, logits * penalty)
