"""The reference of Mini-GPT keeps the contract of the course, and the notebook gives the same parts.

What is judged by comparison with the reference is only as right as the reference; so its own tests
compare it with facts (a known distribution, PyTorch's own attention), not with itself.
"""

import ast
import math
from pathlib import Path

import nbformat
import pytest
import torch
import torch.nn as nn
import torch.nn.functional as F

from reference.pytorch import mini_gpt as ref

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "source" / "mini_gpt" / "part1_from_scratch.ipynb"
GIVEN = [
    "read_names",
    "build_vocab",
    "NameDataset",
    "MultiHeadAttention",
    "FeedForward",
    "PositionalEncoding",
    "DecoderBlock",
    "train_epoch",
]


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def small_decoder(**changes):
    sizes = {"vocab_size": 13, "embed_dim": 16, "num_heads": 4, "num_layers": 2} | changes
    return ref.TransformerDecoder(**sizes)


class Fixed(nn.Module):
    """Stub model: the same logits at the last position whatever it reads; misleading ones before it."""

    def __init__(self, logits):
        super().__init__()
        self.logits = nn.Parameter(logits)
        self.seen = []

    def forward(self, x):
        assert not self.training and not torch.is_grad_enabled()
        self.seen.append(x[0].tolist())
        out = torch.zeros(x.size(0), x.size(1), len(ref.vocab))
        out[..., ref.char2idx["Z"]] = 1000.0
        out[:, -1] = self.logits
        return out


def only(token):
    """Logits that leave no other choice than `token`."""
    return torch.full((len(ref.vocab),), -1000.0).scatter(0, torch.tensor(ref.char2idx[token]), 0.0)


# --- vocabulary and data ---------------------------------------------------------------------


def test_special_tokens_come_first_and_padding_is_zero():
    assert ref.vocab[:3] == ["<PAD>", "<SOS>", "<EOS>"]
    assert [ref.char2idx[token] for token in ref.vocab] == list(range(len(ref.vocab)))
    assert all(ref.idx2char[i] == token for token, i in ref.char2idx.items())


def test_a_dataset_item_is_the_name_and_the_name_shifted_by_one():
    data = ref.NameDataset(["Gwen", "Mael-Ann"], ref.char2idx)
    inputs, targets = data[0]
    spelled = [[ref.idx2char[i] for i in ids.tolist()] for ids in (inputs, targets)]
    assert spelled[0] == ["<SOS>", *"Gwen"] + ["<PAD>"] * 4
    assert spelled[1] == [*"Gwen", "<EOS>"] + ["<PAD>"] * 4
    assert inputs.dtype == torch.int64 and len(data) == 2


def test_the_longest_name_keeps_its_end_token():
    _, targets = ref.NameDataset(["Gwen", "Mael-Ann"], ref.char2idx)[1]
    assert targets[-1] == ref.char2idx["<EOS>"]


# --- create_causal_mask ----------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 5, 40])
def test_the_mask_is_zero_for_the_past_and_minus_infinity_for_the_future(n):
    mask = ref.create_causal_mask(n)
    assert mask.shape == (n, n) and mask.dtype == torch.float32
    for i in range(n):
        for j in range(n):
            assert mask[i, j].item() == (0.0 if j <= i else -math.inf)


# --- the given parts -------------------------------------------------------------------------


def test_attention_agrees_with_pytorchs_own():
    ours = ref.MultiHeadAttention(16, 4)
    theirs = nn.MultiheadAttention(16, 4, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([ours.q_proj.weight, ours.k_proj.weight, ours.v_proj.weight]))
        theirs.in_proj_bias.copy_(torch.cat([ours.q_proj.bias, ours.k_proj.bias, ours.v_proj.bias]))
        theirs.out_proj.load_state_dict(ours.out_proj.state_dict())
    x, mask = torch.randn(3, 7, 16), ref.create_causal_mask(7)
    expected, _ = theirs(x, x, x, attn_mask=mask, need_weights=False)
    torch.testing.assert_close(ours(x, mask), expected, rtol=1e-5, atol=1e-6)


def test_heads_must_divide_the_embedding():
    with pytest.raises(ValueError, match="multiple of num_heads"):
        ref.MultiHeadAttention(10, 4)


@pytest.mark.parametrize("dim", [8, 7])
def test_positions_are_sines_and_cosines(dim):
    pe = ref.PositionalEncoding(dim, max_len=30).pe
    assert pe.shape == (1, 30, dim)
    for position in (0, 1, 29):
        for d in range(dim):
            angle = position / 10000 ** (2 * (d // 2) / dim)
            expected = math.sin(angle) if d % 2 == 0 else math.cos(angle)
            assert pe[0, position, d].item() == pytest.approx(expected, abs=1e-5)


def test_the_hidden_layer_is_four_times_as_wide_by_default():
    assert ref.FeedForward(6).net[0].out_features == 24
    assert small_decoder(ff_dim=9).layers[0].feed_forward.net[0].out_features == 9


# --- TransformerDecoder ----------------------------------------------------------------------


def test_the_decoder_turns_ids_into_logits():
    logits = small_decoder()(torch.randint(1, 13, (3, 9)))
    assert logits.shape == (3, 9, 13) and logits.dtype == torch.float32


def test_the_future_does_not_change_the_past():
    model = small_decoder().eval()
    ids = torch.randint(1, 13, (2, 9))
    for position in range(1, 9):
        changed = ids.clone()
        changed[:, position:] = changed[:, position:] % 12 + 1
        before, after = model(ids), model(changed)
        torch.testing.assert_close(before[:, :position], after[:, :position], rtol=0, atol=1e-6)
        assert (before[:, position] - after[:, position]).abs().max() > 1e-3


def test_the_forward_pass_is_what_the_contract_spells_out():
    model = small_decoder(num_layers=1).eval()
    ids = torch.randint(1, 13, (2, 6))
    h = F.embedding(ids, model.embedding.weight) * 16**0.5 + model.pos_encoding.pe[:, :6]
    h = model.layers[0](h, ref.create_causal_mask(6))
    expected = F.linear(F.layer_norm(h, (16,), model.norm.weight, model.norm.bias), *model.head.parameters())
    torch.testing.assert_close(model(ids), expected)


def test_gradients_reach_every_parameter():
    model = small_decoder()
    model(torch.randint(1, 13, (4, 8))).square().sum().backward()
    silent = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    # A key bias adds the same number to all scores of a row, and softmax does not see it.
    assert [name for name in silent if not name.endswith("k_proj.bias")] == []


def test_padding_stays_zero_and_the_head_is_not_tied():
    model = small_decoder(pad_idx=5)
    assert not model.embedding.weight[5].any()
    assert model.head.weight.data_ptr() != model.embedding.weight.data_ptr()
    assert model.head.bias is not None


def test_training_lowers_the_loss_and_stops_after_max_steps():
    model = small_decoder(vocab_size=len(ref.vocab))
    data = ref.NameDataset(ref.names[:256], ref.char2idx)
    loader = torch.utils.data.DataLoader(data, batch_size=32, shuffle=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    criterion = nn.CrossEntropyLoss(ignore_index=0)
    losses = [ref.train_epoch(model, loader, optimizer, criterion) for _ in range(6)]
    assert losses[-1] < losses[0] - 0.5
    ref.train_epoch(model, loader, optimizer, criterion, max_steps=3)
    steps = {int(state["step"]) for state in optimizer.state.values()}
    assert steps == {6 * len(loader) + 3}


# --- generate --------------------------------------------------------------------------------


def test_generation_stops_at_the_end_token():
    assert ref.generate(Fixed(only("<EOS>"))) == ""
    assert ref.generate(Fixed(only("<EOS>")), prompt="Gwen") == "Gwen"


def test_generation_stops_at_max_len_new_characters():
    assert ref.generate(Fixed(only("a")), max_len=7) == "a" * 7
    assert ref.generate(Fixed(only("a")), prompt="Gw", max_len=3) == "Gwaaa"


def test_the_model_reads_the_start_token_then_the_prompt_then_what_it_wrote():
    model = Fixed(only("a"))
    ref.generate(model, prompt="Gw", max_len=3)
    spelled = [[ref.idx2char[i] for i in ids] for ids in model.seen]
    assert spelled == [["<SOS>", *"Gw"], ["<SOS>", *"Gwa"], ["<SOS>", *"Gwaa"]]


def test_unknown_characters_of_the_prompt_are_not_fed():
    model = Fixed(only("<EOS>"))
    assert ref.generate(model, prompt="G日w7") == "Gw"
    assert [ref.idx2char[i] for i in model.seen[0]] == ["<SOS>", "G", "w"]


def test_special_tokens_never_show_in_the_text():
    assert ref.generate(Fixed(only("<PAD>")), max_len=3) == ""
    assert ref.generate(Fixed(only("<SOS>")), max_len=3) == ""


def test_generation_puts_a_training_model_in_evaluation_mode():
    model = Fixed(only("<EOS>")).train()
    ref.generate(model)  # the stub itself refuses to run in training mode or with gradients
    assert not model.training


def test_the_same_seed_gives_the_same_name():
    model = small_decoder(vocab_size=len(ref.vocab))
    torch.manual_seed(5)
    first = ref.generate(model)
    torch.manual_seed(5)
    assert ref.generate(model) == first


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_sampling_follows_the_distribution_of_the_model(temperature):
    """Chi-square of 3,000 first letters; the bound is the 1 - 1e-6 quantile, and the seed is fixed."""
    from scipy.stats import chi2

    letters, base = "aeinr", torch.tensor([2.0, 1.5, 1.0, 0.5, 0.0])
    logits = torch.full((len(ref.vocab),), -1000.0)
    logits[[ref.char2idx[c] for c in letters]] = base
    model, draws = Fixed(logits), 3000
    counts = dict.fromkeys(letters, 0)
    for _ in range(draws):
        counts[ref.generate(model, max_len=1, temperature=temperature)] += 1

    def statistic(t):
        expected = draws * F.softmax(base.double() / t, dim=-1)
        return sum((counts[c] - e) ** 2 / e for c, e in zip(letters, expected.tolist(), strict=True))

    bound = chi2.ppf(1 - 1e-6, df=len(letters) - 1)
    assert statistic(temperature) < bound
    for wrong in {0.5, 1.0, 2.0} - {temperature}:  # the test has the power to tell temperatures apart
        assert statistic(wrong) > bound


# --- the notebook gives the very same parts --------------------------------------------------


def definitions(source):
    return {
        node.name: ast.get_source_segment(source, node)
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }


@pytest.mark.parametrize("name", GIVEN)
def test_a_given_part_is_the_same_in_notebook_and_reference(name):
    nb = nbformat.read(NOTEBOOK, as_version=4)
    in_notebook = {}
    for cell in nb.cells:
        grading = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and grading.get("locked") and not grading.get("grade"):
            in_notebook |= definitions(cell.source)
    assert in_notebook[name] == definitions(Path(ref.__file__).read_text(encoding="utf-8"))[name]
