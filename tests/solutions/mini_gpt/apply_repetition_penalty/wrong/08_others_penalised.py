# misconception: others_penalised
# why: the mask the wrong way round
def apply_repetition_penalty(logits, token_ids, penalty):
    fresh = torch.ones_like(logits, dtype=torch.bool)
    fresh[torch.as_tensor(token_ids)] = False
    return torch.where(fresh, torch.where(logits > 0, logits / penalty, logits * penalty), logits)
