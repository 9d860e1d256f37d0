# why: the head's bias does not learn
class TransformerDecoder(nn.Module):
    def __init__(self, vocab_size, embed_dim, num_heads, num_layers, max_len=100, ff_dim=None, dropout=0.1, pad_idx=0):
        super().__init__()
        self.embed_dim, self.pad_idx = embed_dim, pad_idx
        self.embedding = nn.Embedding(vocab_size, embed_dim, padding_idx=pad_idx)
        self.pos_encoding = PositionalEncoding(embed_dim, max_len, dropout)
        self.layers = nn.ModuleList([DecoderBlock(embed_dim, num_heads, ff_dim, dropout) for _ in range(num_layers)])
        self.norm = nn.LayerNorm(embed_dim)
        self.head = nn.Linear(embed_dim, vocab_size)
        self.head.bias.requires_grad_(False)
    def forward(self, x):
        mask = create_causal_mask(x.size(1)).to(x.device)
        h = self.pos_encoding(self.embedding(x) * math.sqrt(self.embed_dim))
        for layer in self.layers:
            h = layer(h, mask)
        return self.head(self.norm(h))
