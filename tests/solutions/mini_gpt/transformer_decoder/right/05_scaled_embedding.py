# style: a subclass of nn.Embedding that scales by itself, functools.reduce over the blocks
from functools import reduce


class ScaledEmbedding(nn.Embedding):
    def forward(self, ids):
        return super().forward(ids) * math.sqrt(self.embedding_dim)


class TransformerDecoder(nn.Module):
    def __init__(self, vocab_size, embed_dim, num_heads, num_layers,
                 max_len=100, ff_dim=None, dropout=0.1, pad_idx=0):
        super().__init__()
        self.embedding = ScaledEmbedding(vocab_size, embed_dim, padding_idx=pad_idx)
        self.pos_encoding = PositionalEncoding(embed_dim, max_len, dropout)
        self.layers = nn.ModuleList(DecoderBlock(embed_dim, num_heads, ff_dim, dropout) for _ in range(num_layers))
        self.norm = nn.LayerNorm(embed_dim)
        self.head = nn.Linear(embed_dim, vocab_size)

    def forward(self, x):
        mask = create_causal_mask(x.shape[-1]).to(x.device)
        h = reduce(lambda h, layer: layer(h, mask), self.layers, self.pos_encoding(self.embedding(x)))
        return self.head(self.norm(h))
