# style: forward cut into methods; the scale is a buffer; keyword arguments
class TransformerDecoder(nn.Module):
    def __init__(self, vocab_size, embed_dim, num_heads, num_layers,
                 max_len=100, ff_dim=None, dropout=0.1, pad_idx=0):
        super().__init__()
        self.register_buffer("scale", torch.tensor(float(embed_dim)).sqrt())
        self.embedding = nn.Embedding(num_embeddings=vocab_size, embedding_dim=embed_dim, padding_idx=pad_idx)
        self.pos_encoding = PositionalEncoding(embed_dim=embed_dim, max_len=max_len, dropout=dropout)
        self.layers = nn.ModuleList()
        for _ in range(num_layers):
            self.layers.append(
                DecoderBlock(embed_dim=embed_dim, num_heads=num_heads, ff_dim=ff_dim, dropout=dropout)
            )
        self.norm = nn.LayerNorm(embed_dim)
        self.head = nn.Linear(embed_dim, vocab_size)

    def embed(self, ids):
        return self.pos_encoding(self.scale * self.embedding(ids))

    def think(self, h):
        mask = create_causal_mask(h.shape[1]).to(h)
        for layer in self.layers:
            h = layer(h, mask=mask)
        return h

    def forward(self, ids):
        return self.head(self.norm(self.think(self.embed(ids))))
