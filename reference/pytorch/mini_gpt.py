"""Mini-GPT, part 1: a decoder-only transformer that invents names, one character at a time.

The file reads in the order of the notebook `source/mini_gpt/part1_from_scratch.ipynb`:

    vocabulary -> causal mask -> dataset -> attention, feed-forward, positions, block
               -> decoder -> training -> generation

Three pieces are what the students write: `create_causal_mask`, `TransformerDecoder` and
`generate`. All the others are given to them, letter for letter as they stand here, so that a
student's `state_dict` loads into this `TransformerDecoder`.

Shapes: B names in a batch, S positions, D embedding size, H heads, V vocabulary size.

References
----------
.. [1] Vaswani et al., "Attention Is All You Need", 2017, arXiv:1706.03762.
.. [2] Xiong et al., "On Layer Normalization in the Transformer Architecture", 2020,
   arXiv:2002.04745 (the pre-norm block).
"""

import math
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset

device = "cpu"  # the notebook takes a GPU where there is one; the reference has no need of it

# ---------------------------------------------------------------------------------------------
# Vocabulary

PAD_TOKEN = "<PAD>"  # fills short names up to the length of the batch
SOS_TOKEN = "<SOS>"  # "a name starts here"
EOS_TOKEN = "<EOS>"  # "the name is over"

NAMES_FILE = Path(__file__).parents[2] / "source" / "mini_gpt" / "names.txt"


def read_names(path):
    """Read a corpus: one name a line, UTF-8, blank lines ignored."""
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip()]


def build_vocab(names):
    """Give a number to the special tokens (PAD is 0) and to every character of the names.

    Returns `(vocab, char2idx, idx2char)`: the list of tokens, token -> id, id -> token.
    """
    vocab = [PAD_TOKEN, SOS_TOKEN, EOS_TOKEN, *sorted(set("".join(names)))]
    char2idx = {token: i for i, token in enumerate(vocab)}
    idx2char = {i: token for i, token in enumerate(vocab)}
    return vocab, char2idx, idx2char


names = read_names(NAMES_FILE)
vocab, char2idx, idx2char = build_vocab(names)


# ---------------------------------------------------------------------------------------------
# Exercise 1: the causal mask


def create_causal_mask(seq_len: int) -> torch.Tensor:
    """Mask that hides the future, to be added to attention scores.

    Parameters
    ----------
    seq_len : int
        Number of positions S.

    Returns
    -------
    torch.Tensor
        Float tensor of shape (S, S): 0 where column <= row (the past and the position
        itself), -inf where column > row (the future).
    """
    hidden = torch.full((seq_len, seq_len), float("-inf"))  # (S, S)
    return torch.triu(hidden, diagonal=1)  # (S, S), zeros on and below the diagonal


# ---------------------------------------------------------------------------------------------
# Given: the data


class NameDataset(Dataset):
    """Names as pairs (input, target), the target being the input shifted by one.

    "Gwen" gives  input   <SOS> G w e n
                  target  G w e n <EOS>
    both filled with <PAD> to the length of the longest name.
    """

    def __init__(self, names, char2idx):
        self.names = list(names)
        self.char2idx = char2idx
        self.length = max(len(name) for name in self.names) + 1  # + 1 for <SOS> or <EOS>

    def __len__(self):
        return len(self.names)

    def __getitem__(self, i):
        ids = [self.char2idx[c] for c in self.names[i]]
        padding = [self.char2idx[PAD_TOKEN]] * (self.length - len(ids) - 1)
        inputs = [self.char2idx[SOS_TOKEN], *ids, *padding]
        targets = [*ids, self.char2idx[EOS_TOKEN], *padding]
        return torch.tensor(inputs), torch.tensor(targets)  # (S,), (S,)


# ---------------------------------------------------------------------------------------------
# Given: the parts of a transformer


class MultiHeadAttention(nn.Module):
    """Self-attention with several heads; the mask is added to the scores."""

    def __init__(self, embed_dim, num_heads):
        super().__init__()
        if embed_dim % num_heads != 0:
            raise ValueError(f"embed_dim={embed_dim} must be a multiple of num_heads={num_heads}")
        self.num_heads = num_heads
        self.head_dim = embed_dim // num_heads
        self.q_proj = nn.Linear(embed_dim, embed_dim)
        self.k_proj = nn.Linear(embed_dim, embed_dim)
        self.v_proj = nn.Linear(embed_dim, embed_dim)
        self.out_proj = nn.Linear(embed_dim, embed_dim)

    def forward(self, x, mask=None):
        B, S, D = x.shape
        # Each head gets a slice of d = D / H numbers and works on its own.
        split = (B, S, self.num_heads, self.head_dim)
        q = self.q_proj(x).view(split).transpose(1, 2)  # (B, H, S, d)
        k = self.k_proj(x).view(split).transpose(1, 2)  # (B, H, S, d)
        v = self.v_proj(x).view(split).transpose(1, 2)  # (B, H, S, d)

        scores = q @ k.transpose(-2, -1) / math.sqrt(self.head_dim)  # (B, H, S, S)
        if mask is not None:
            scores = scores + mask  # (B, H, S, S), the same (S, S) mask for every head
        weights = F.softmax(scores, dim=-1)  # (B, H, S, S), each row sums to 1
        out = weights @ v  # (B, H, S, d)
        out = out.transpose(1, 2).contiguous().view(B, S, D)  # (B, S, D), heads side by side
        return self.out_proj(out)  # (B, S, D)


class FeedForward(nn.Module):
    """Two linear layers with a GELU between them, applied to each position alone."""

    def __init__(self, embed_dim, ff_dim=None, dropout=0.1):
        super().__init__()
        if ff_dim is None:
            ff_dim = 4 * embed_dim
        self.net = nn.Sequential(
            nn.Linear(embed_dim, ff_dim),  # (B, S, F)
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(ff_dim, embed_dim),  # (B, S, D)
        )

    def forward(self, x):
        return self.net(x)  # (B, S, D)


class PositionalEncoding(nn.Module):
    """Adds a pattern of sines and cosines that tells where a position is."""

    def __init__(self, embed_dim, max_len=5000, dropout=0.1):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        position = torch.arange(max_len).unsqueeze(1)  # (max_len, 1)
        slower = -math.log(10000.0) / embed_dim
        step = torch.exp(torch.arange(0, embed_dim, 2) * slower)  # (D/2,)
        pe = torch.zeros(max_len, embed_dim)  # (max_len, D)
        pe[:, 0::2] = torch.sin(position * step)
        pe[:, 1::2] = torch.cos(position * step)[:, : embed_dim // 2]
        self.register_buffer("pe", pe.unsqueeze(0))  # (1, max_len, D), not trained

    def forward(self, x):
        x = x + self.pe[:, : x.size(1)]  # (B, S, D)
        return self.dropout(x)  # (B, S, D)


class DecoderBlock(nn.Module):
    """Pre-norm transformer block: normalise, attend, add; normalise, think, add."""

    def __init__(self, embed_dim, num_heads, ff_dim=None, dropout=0.1):
        super().__init__()
        self.norm1 = nn.LayerNorm(embed_dim)
        self.attention = MultiHeadAttention(embed_dim, num_heads)
        self.norm2 = nn.LayerNorm(embed_dim)
        self.feed_forward = FeedForward(embed_dim, ff_dim, dropout)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        x = x + self.dropout(self.attention(self.norm1(x), mask))  # (B, S, D)
        x = x + self.dropout(self.feed_forward(self.norm2(x)))  # (B, S, D)
        return x


# ---------------------------------------------------------------------------------------------
# Exercise 2: the decoder


class TransformerDecoder(nn.Module):
    """Decoder-only transformer: ids in, logits of the next token out.

    Parameters
    ----------
    vocab_size : int
        Number of tokens V.
    embed_dim : int
        Size D of a token's vector, a multiple of `num_heads`.
    num_heads : int
        Attention heads in a block.
    num_layers : int
        Number of blocks.
    max_len : int
        Longest sequence the positional encoding knows.
    ff_dim : int, optional
        Hidden size of the feed-forward layers; `4 * embed_dim` when None.
    dropout : float
        Dropout probability, everywhere the same.
    pad_idx : int
        Id of the padding token; its embedding stays zero.
    """

    def __init__(
        self,
        vocab_size,
        embed_dim,
        num_heads,
        num_layers,
        max_len=100,
        ff_dim=None,
        dropout=0.1,
        pad_idx=0,
    ):
        super().__init__()
        self.embed_dim = embed_dim
        self.embedding = nn.Embedding(vocab_size, embed_dim, padding_idx=pad_idx)
        self.pos_encoding = PositionalEncoding(embed_dim, max_len, dropout)
        self.layers = nn.ModuleList(
            [DecoderBlock(embed_dim, num_heads, ff_dim, dropout) for _ in range(num_layers)]
        )
        self.norm = nn.LayerNorm(embed_dim)
        self.head = nn.Linear(embed_dim, vocab_size)

    def forward(self, x):
        """Ids of shape (B, S) to logits of shape (B, S, V)."""
        mask = create_causal_mask(x.size(1)).to(x.device)  # (S, S)
        h = self.embedding(x) * math.sqrt(self.embed_dim)  # (B, S, D)
        h = self.pos_encoding(h)  # (B, S, D)
        for layer in self.layers:
            h = layer(h, mask)  # (B, S, D)
        h = self.norm(h)  # (B, S, D)
        return self.head(h)  # (B, S, V)


# ---------------------------------------------------------------------------------------------
# Given: training


def train_epoch(model, loader, optimizer, criterion, max_steps=None):
    """Go once through the data, or through `max_steps` batches; return the mean loss."""
    model.train()
    where = next(model.parameters()).device
    losses = []
    for inputs, targets in loader:  # (B, S), (B, S)
        if max_steps is not None and len(losses) >= max_steps:
            break
        inputs, targets = inputs.to(where), targets.to(where)
        logits = model(inputs)  # (B, S, V)
        # Every position is a small classification problem of its own: B * S of them.
        loss = criterion(logits.reshape(-1, logits.size(-1)), targets.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / max(1, len(losses))


# ---------------------------------------------------------------------------------------------
# Exercise 3: generation


@torch.no_grad()
def generate(model: nn.Module, prompt: str = "", max_len: int = 25, temperature: float = 1.0) -> str:
    """Let the model write a name, character by character.

    Parameters
    ----------
    model : nn.Module
        Maps ids (1, S) to logits (1, S, V). It is left in evaluation mode.
    prompt : str
        Beginning of the name; characters that the vocabulary does not know are left out.
    max_len : int
        At most this many new characters.
    temperature : float
        Above 0. Below 1: safer; above 1: bolder.

    Returns
    -------
    str
        The text, known prompt characters included, without special tokens.
    """
    model.eval()
    where = next(model.parameters()).device
    ids = [char2idx[SOS_TOKEN]] + [char2idx[c] for c in prompt if c in char2idx]
    for _ in range(max_len):
        x = torch.tensor([ids], device=where)  # (1, S)
        logits = model(x)[0, -1] / temperature  # (V,)
        probs = F.softmax(logits, dim=-1)  # (V,)
        next_id = torch.multinomial(probs, num_samples=1).item()
        if next_id == char2idx[EOS_TOKEN]:
            break
        ids.append(next_id)
    special = {PAD_TOKEN, SOS_TOKEN, EOS_TOKEN}
    return "".join(idx2char[i] for i in ids if idx2char[i] not in special)
