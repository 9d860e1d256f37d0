# style: broadcast comparison of row and column numbers, torch.where
def create_causal_mask(seq_len: int) -> torch.Tensor:
    """0 where column <= row, -inf elsewhere, shape (seq_len, seq_len)."""
    position = torch.arange(seq_len)
    may_look = position[None, :] <= position[:, None]
    return torch.where(may_look, 0.0, float("-inf"))
