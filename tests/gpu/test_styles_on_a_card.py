"""Right answers that think of devices in their own way get full points on a card, as they do on the CPU.

Where the notebook has put `device` on a card, an answer that never thought of devices fails in the student's own
cells (tensors that meet on different devices), and is right all the same: points do not follow from the machine.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from grader.sandbox.cards import Card

pytestmark = [pytest.mark.slow, pytest.mark.gpu]

MASK = """
def create_causal_mask(seq_len{default}):
    return torch.triu(torch.full((seq_len, seq_len), float("-inf"){where}), diagonal=1)
"""
DECODER = """
class TransformerDecoder(nn.Module):
    def __init__(self, vocab_size, embed_dim, num_heads, num_layers,
                 max_len=100, ff_dim=None, dropout=0.1, pad_idx=0):
        super().__init__()
        self.embed_dim = embed_dim
        self.embedding = nn.Embedding(vocab_size, embed_dim, padding_idx=pad_idx)
        self.pos_encoding = PositionalEncoding(embed_dim, max_len, dropout)
        self.layers = nn.ModuleList([DecoderBlock(embed_dim, num_heads, ff_dim, dropout) for _ in range(num_layers)])
        self.norm = nn.LayerNorm(embed_dim)
        self.head = nn.Linear(embed_dim, vocab_size)

    def forward(self, x):
        mask = create_causal_mask(x.size(1)){to}
        x = self.pos_encoding(self.embedding(x) * math.sqrt(self.embed_dim))
        for layer in self.layers:
            x = layer(x, mask)
        return self.head(self.norm(x))
"""
GENERATE = """
def generate(model, prompt="", max_len=25, temperature=1.0):
    model.eval()
    ids = [char2idx[SOS_TOKEN]] + [char2idx[c] for c in prompt if c in char2idx]
    with torch.no_grad():
        for _ in range(max_len):
            probs = F.softmax(model(torch.tensor([ids]{where}))[0, -1] / temperature, dim=-1)
            ids.append(torch.multinomial(probs, 1).item())
            if ids[-1] == char2idx[EOS_TOKEN]:
                break
    return "".join(idx2char[i] for i in ids if idx2char[i] not in (PAD_TOKEN, SOS_TOKEN, EOS_TOKEN))
"""
STYLES = {
    "no thought of devices": {"default": "", "where": "", "to": ""},
    "everything on the notebook's device": {"default": "", "where": ", device=device", "to": ".to(device)"},
    "beside the argument": {"default": "", "where": "", "to": ".to(x.device)"},
    "the device as a default": {"default": ", device=device", "where": ", device=device", "to": ""},
}
EXERCISES = {"create_causal_mask": MASK, "transformer_decoder": DECODER, "generate": GENERATE}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course in which each style has handed in."""
    from benchmarks.throughput import course

    made = course(tmp_path_factory.mktemp("styles") / "course", len(STYLES), stock=False, short=False)
    for number, style in enumerate(STYLES.values()):
        path = made / f"submitted/student{number:03d}/mini_gpt/part1_from_scratch.ipynb"
        nb = nbformat.read(path, as_version=4)
        for cell in nb.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            if name in EXERCISES:
                cell.source = EXERCISES[name].format_map(Blanks(style))
        nbformat.write(nb, path)
    return made


class Blanks(dict):  # type: ignore[type-arg]
    """Fills ``{where}`` and its like, and leaves other braces as they are."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


@pytest.mark.parametrize("device", ["cuda", "cpu"])
def test_every_style_gets_full_points(card: Card, place: Path, device: str) -> None:
    from benchmarks.throughput import run, scores

    run(["grader", "autograde", "mini_gpt", "--device", device, "--jobs", "2", "--force"], place)
    found = dict(zip(STYLES, scores(place).values(), strict=True))
    assert found == dict.fromkeys(STYLES, 20.0)
