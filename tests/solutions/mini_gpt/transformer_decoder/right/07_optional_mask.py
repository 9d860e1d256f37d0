# style: an extra mask parameter with a default; ff_dim worked out by hand; mask of shape (1, 1, S, S)
class TransformerDecoder(nn.Module):
    def __init__(self, vocab_size, embed_dim, num_heads, num_layers,
                 max_len=100, ff_dim=None, dropout=0.1, pad_idx=0):
        super().__init__()
        hidden = 4 * embed_dim if ff_dim is None else ff_dim
        self.root = math.sqrt(embed_dim)
        self.embedding = nn.Embedding(vocab_size, embed_dim, padding_idx=pad_idx)
        self.pos_encoding = PositionalEncoding(embed_dim, max_len, dropout)
        self.layers = nn.ModuleList([DecoderBlock(embed_dim, num_heads, hidden, dropout)
                                     for _ in range(num_layers)])
        self.norm = nn.LayerNorm(embed_dim)
        self.head = nn.Linear(embed_dim, vocab_size)

    def forward(self, x, mask=None):
        if mask is None:
            mask = create_causal_mask(x.size(1)).to(x.device)[None, None]
        h = self.pos_encoding(self.embedding(x) * self.root)
        for layer in self.layers:
            h = layer(h, mask)
        h = self.norm(h)
        h = self.head(h)
        return h
