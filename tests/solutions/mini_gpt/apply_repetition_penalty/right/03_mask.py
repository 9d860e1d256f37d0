# style: a boolean mask over the vocabulary
def apply_repetition_penalty(logits, token_ids, penalty):
    seen = torch.zeros_like(logits, dtype=torch.bool)
    seen[torch.as_tensor(token_ids, dtype=torch.long)] = True
    penalised = torch.where(logits > 0, logits / penalty, logits * penalty)
    return torch.where(seen, penalised, logits)
