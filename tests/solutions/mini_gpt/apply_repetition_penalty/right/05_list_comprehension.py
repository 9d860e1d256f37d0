# style: plain Python numbers, a new tensor at the end
def apply_repetition_penalty(logits, token_ids, penalty):
    seen = set(token_ids.tolist() if isinstance(token_ids, torch.Tensor) else token_ids)

    def punished(x):
        return x / penalty if x > 0 else x * penalty

    values = [punished(x) if i in seen else x for i, x in enumerate(logits.tolist())]
    return torch.tensor(values, dtype=logits.dtype)
