# style: settings in a dataclass, modules made by a function of its own
from dataclasses import dataclass


@dataclass
class Settings:
    dim: int
    heads: int
    ff: int | None
    dropout: float


def make_blocks(s, n):
    return nn.ModuleList([DecoderBlock(s.dim, s.heads, s.ff, s.dropout) for _ in range(n)])


class TransformerDecoder(nn.Module):
    def __init__(self, vocab_size, embed_dim, num_heads, num_layers, max_len=100, ff_dim=None, dropout=0.1,
                 pad_idx=0):
        super(TransformerDecoder, self).__init__()
        self.settings = Settings(embed_dim, num_heads, ff_dim, dropout)
        self.embedding = nn.Embedding(vocab_size, embed_dim, padding_idx=pad_idx)
        self.pos_encoding = PositionalEncoding(embed_dim, max_len, dropout)
        self.layers = make_blocks(self.settings, num_layers)
        self.norm = nn.LayerNorm(embed_dim)
        self.head = nn.Linear(embed_dim, vocab_size)

    def forward(self, x):
        pos = torch.arange(x.size(1), device=x.device)
        mask = torch.where(pos[:, None] >= pos[None, :], 0.0, -torch.inf)
        out = self.pos_encoding(self.embedding(x) * self.settings.dim ** 0.5)
        for block in self.layers:
            out = block(out, mask)
        return F.linear(self.norm(out), self.head.weight, self.head.bias)
