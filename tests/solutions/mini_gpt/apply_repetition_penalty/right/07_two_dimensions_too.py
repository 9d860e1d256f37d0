# style: takes a batch as well, negative slope first, an extra default argument
def apply_repetition_penalty(logits, token_ids, penalty, dim=-1):
    out = logits.detach().clone().double()
    ids = torch.tensor(sorted(set(map(int, token_ids))))
    chosen = out.index_select(dim, ids)
    chosen = chosen.clamp(min=0) / penalty + chosen.clamp(max=0) * penalty
    return out.index_copy(dim, ids, chosen)
