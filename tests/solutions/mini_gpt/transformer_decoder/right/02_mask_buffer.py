# style: the largest mask kept as a buffer and cut to size; modules made in another order
class TransformerDecoder(nn.Module):
    def __init__(self, vocab_size, embed_dim, num_heads, num_layers,
                 max_len=100, ff_dim=None, dropout=0.1, pad_idx=0):
        super().__init__()
        self.register_buffer("mask", create_causal_mask(max_len))
        self.head = nn.Linear(embed_dim, vocab_size)
        self.norm = nn.LayerNorm(embed_dim)
        blocks = []
        for _ in range(num_layers):
            blocks.append(DecoderBlock(embed_dim, num_heads, ff_dim=ff_dim, dropout=dropout))
        self.layers = nn.ModuleList(blocks)
        self.pos_encoding = PositionalEncoding(embed_dim, max_len=max_len, dropout=dropout)
        self.embedding = nn.Embedding(vocab_size, embed_dim, padding_idx=pad_idx)

    def forward(self, token_ids):
        length = token_ids.shape[1]
        hidden = self.pos_encoding(self.embedding(token_ids) * self.embedding.embedding_dim ** 0.5)
        for block in self.layers:
            hidden = block(hidden, self.mask[:length, :length])
        return self.head(self.norm(hidden))
