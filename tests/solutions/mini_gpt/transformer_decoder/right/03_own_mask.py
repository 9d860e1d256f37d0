# style: its own mask, blocks in an nn.Sequential that is looped over, type hints
class TransformerDecoder(nn.Module):
    """Decoder-only transformer: (B, S) ids to (B, S, vocab_size) logits."""

    def __init__(self, vocab_size: int, embed_dim: int, num_heads: int, num_layers: int,
                 max_len: int = 100, ff_dim: int | None = None, dropout: float = 0.1, pad_idx: int = 0) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embed_dim, pad_idx)
        self.pos_encoding = PositionalEncoding(embed_dim, max_len, dropout)
        self.layers = nn.Sequential(*(DecoderBlock(embed_dim, num_heads, ff_dim, dropout)
                                      for _ in range(num_layers)))
        self.norm = nn.LayerNorm(normalized_shape=embed_dim)
        self.head = nn.Linear(in_features=embed_dim, out_features=vocab_size, bias=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        seq_len = x.size(1)
        future = torch.ones(seq_len, seq_len, dtype=torch.bool, device=x.device).triu(1)
        mask = torch.zeros(seq_len, seq_len, device=x.device).masked_fill(future, float("-inf"))
        h = self.embedding(x).mul(math.sqrt(self.norm.normalized_shape[0]))
        h = self.pos_encoding(h)
        for layer in self.layers:
            h = layer(h, mask)
        return self.head(self.norm(h))
