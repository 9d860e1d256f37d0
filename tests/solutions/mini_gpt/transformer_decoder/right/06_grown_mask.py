# style: a mask cache that grows when needed, own initial weights, accepts int32 ids
class TransformerDecoder(nn.Module):
    def __init__(self, vocab_size, embed_dim, num_heads, num_layers,
                 max_len=100, ff_dim=None, dropout=0.1, pad_idx=0):
        super().__init__()
        self.vocab_size, self.embed_dim, self.max_len = vocab_size, embed_dim, max_len
        self.embedding = nn.Embedding(vocab_size, embed_dim, padding_idx=pad_idx)
        self.pos_encoding = PositionalEncoding(embed_dim, max_len, dropout)
        self.layers = nn.ModuleList(
            [DecoderBlock(embed_dim, num_heads, ff_dim, dropout) for i in range(num_layers)]
        )
        self.norm = nn.LayerNorm(embed_dim, eps=1e-5)
        self.head = nn.Linear(embed_dim, vocab_size)
        self._mask = None
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def _causal(self, n, where):
        if self._mask is None or self._mask.size(0) < n or self._mask.device != where:
            self._mask = create_causal_mask(max(n, self.max_len)).to(where)
        return self._mask[:n, :n]

    def forward(self, x):
        batch, seq = x.shape
        x = self.embedding(x.long()) * math.sqrt(self.embed_dim)
        x = self.pos_encoding(x)
        for i in range(len(self.layers)):
            x = self.layers[i](x, self._causal(seq, x.device))
        logits = self.head(self.norm(x))
        assert logits.shape == (batch, seq, self.vocab_size)
        return logits
