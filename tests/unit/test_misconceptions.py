"""The library of solutions and the wrong references, checked against each other.

`tests/solutions/mini_gpt/<exercise>/right` are right answers in different styles, `.../wrong` wrong
ones whose first line names a misconception. Each file is what a student writes in the solution cell;
here it runs in a namespace that holds what the notebook gives. Values decide: a right file agrees
with the reference, a wrong one does what its hypothesis predicts, or shows the sign that a
misconception without hypothesis is known by (and no right file shows that sign).
"""

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from reference.pytorch import mini_gpt
from reference.pytorch.misconceptions import BY_EXERCISE, DECODER, MASK, SAMPLER, Draw, Misconception
from reference.pytorch.misconceptions import right_distribution as softmax_law

SOLUTIONS = Path(__file__).parents[1] / "solutions" / "mini_gpt"
GIVEN = {
    name: value
    for name, value in vars(mini_gpt).items()
    if name not in ("TransformerDecoder", "generate") and not name.startswith("__")
}

PAD, SOS, EOS = 0, 1, 2
TOKENS = [mini_gpt.PAD_TOKEN, mini_gpt.SOS_TOKEN, mini_gpt.EOS_TOKEN, "a", "b", "é"]
SMALL_VOCAB = {
    "vocab": TOKENS,
    "char2idx": {token: i for i, token in enumerate(TOKENS)},
    "idx2char": dict(enumerate(TOKENS)),
}


def files(exercise: str, kind: str) -> list:
    found = sorted((SOLUTIONS / exercise / kind).glob("*.py"))
    return [pytest.param(path, id=path.stem) for path in found]


def defined(path: Path, name: str, **more):
    """What the file defines under `name`, run with what the notebook gives."""
    namespace = GIVEN | more
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), namespace)
    return namespace[name]


def misconception(path: Path) -> Misconception:
    first, second = path.read_text(encoding="utf-8").splitlines()[:2]
    assert first.startswith("# misconception: ") and second.startswith("# why: ")
    wanted = first.removeprefix("# misconception: ")
    return next(m for m in BY_EXERCISE[path.parts[-3]] if m.id == wanted)


def identical(a: torch.Tensor, b: torch.Tensor) -> bool:
    return torch.equal(a.isnan(), b.isnan()) and torch.equal(a[~a.isnan()], b[~b.isnan()])


def same(a: torch.Tensor, b: torch.Tensor) -> bool:
    return a.shape == b.shape and torch.allclose(a.float(), b.float(), rtol=1e-4, atol=1e-5, equal_nan=True)


# ---------------------------------------------------------------------------------------------
# The library and the texts


@pytest.mark.parametrize("exercise", BY_EXERCISE)
def test_the_library_holds_enough_styles_and_one_wrong_file_at_least_for_each_misconception(exercise):
    right, wrong = files(exercise, "right"), files(exercise, "wrong")
    assert len(right) >= 6 and len(wrong) >= 11
    assert all(p.values[0].read_text(encoding="utf-8").startswith("# style: ") for p in right)
    ids = [m.id for m in BY_EXERCISE[exercise]]
    assert len(ids) == len(set(ids))
    assert {misconception(p.values[0]).id for p in wrong} == set(ids)


@pytest.mark.parametrize("m", [m for ms in BY_EXERCISE.values() for m in ms], ids=lambda m: m.id)
def test_each_misconception_speaks_two_languages_and_says_how_it_is_seen(m):
    assert 30 < len(m.sentence.en) < 260 and 30 < len(m.sentence.fr) < 260
    assert m.sentence.en != m.sentence.fr
    assert " :" not in m.sentence.fr and " ;" not in m.sentence.fr, "French wants a no-break space there"
    assert (m.hypothesis is None) == bool(m.seen_by)


# ---------------------------------------------------------------------------------------------
# create_causal_mask


def integer(dtype: torch.dtype) -> bool:
    return not dtype.is_floating_point and dtype != torch.bool


MASK_SIGNS = {
    "bool_mask": lambda f: getattr(f(4), "dtype", None) == torch.bool,
    "int_mask": lambda f: torch.is_tensor(f(4)) and integer(f(4).dtype),
    "list_for_tensor": lambda f: isinstance(f(4), list),
    "array_for_tensor": lambda f: isinstance(f(4), np.ndarray),
    "nothing_returned": lambda f: f(4) is None,
    "extra_dimension": lambda f: torch.is_tensor(f(4)) and f(4).shape == (1, 4, 4),
    "one_row_only": lambda f: torch.is_tensor(f(4)) and f(4).shape == (4,),
    "hard_coded_size": lambda f: torch.is_tensor(f(4)) and f(4).shape == f(7).shape,
}


@pytest.mark.parametrize("path", files("create_causal_mask", "right"))
def test_a_right_mask_equals_the_reference(path):
    create = defined(path, "create_causal_mask")
    for n in (1, 2, 3, 5, 8, 13, 40):
        mask = create(n)
        assert type(mask) is torch.Tensor and mask.dtype == torch.float32
        assert torch.equal(mask, mini_gpt.create_causal_mask(n))
    assert not any(sign(create) for sign in MASK_SIGNS.values())


@pytest.mark.parametrize("path", files("create_causal_mask", "wrong"))
def test_a_wrong_mask_is_what_its_hypothesis_predicts(path):
    create, wrong = defined(path, "create_causal_mask"), misconception(path)
    if wrong.hypothesis is None:
        assert {key for key, sign in MASK_SIGNS.items() if sign(create)} == {wrong.id}
        return
    for n in (1, 2, 3, 6, 11):
        mask = create(n)
        assert mask.dtype == torch.float32 and mask.shape == (n, n)
        assert identical(mask, wrong.hypothesis(n))
        assert n < 3 or not torch.equal(mask, mini_gpt.create_causal_mask(n))


@pytest.mark.parametrize("n", [3, 4, 9])
def test_no_two_mask_hypotheses_agree(n):
    masks = {m.id: m.hypothesis(n) for m in MASK if m.hypothesis}
    masks["right"] = mini_gpt.create_causal_mask(n)
    for (id_a, a), (id_b, b) in itertools.combinations(masks.items(), 2):
        assert not identical(a, b), (id_a, id_b)


# ---------------------------------------------------------------------------------------------
# transformer_decoder

SIZES = [
    {"vocab_size": 11, "embed_dim": 8, "num_heads": 2, "num_layers": 3},
    {"vocab_size": 7, "embed_dim": 12, "num_heads": 3, "num_layers": 2}
    | {"ff_dim": 10, "max_len": 9, "dropout": 0.3, "pad_idx": 2},
]


def random_reference(size: dict) -> nn.Module:
    """Reference decoder whose every weight is random: nothing stays at one or zero."""
    model = mini_gpt.TransformerDecoder(**size).eval()
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn_like(p) * 0.5 + (0.5 if p.dim() == 1 else 0.0))
    return model


def load(source: nn.Module, into: nn.Module) -> None:
    """Copy all weights; only buffers may be on one side alone."""
    missing, unexpected = into.load_state_dict(source.state_dict(), strict=False)
    assert set(missing) <= {name for name, _ in into.named_buffers()}
    assert set(unexpected) <= {name for name, _ in source.named_buffers()}


def logits_of(path: Path, size: dict) -> tuple[torch.Tensor, nn.Module, torch.Tensor]:
    """Logits of the file's decoder under a reference's weights, that reference, the ids."""
    reference = random_reference(size)
    student = defined(path, "TransformerDecoder")(**size).eval()
    load(reference, into=student)
    ids = torch.randint(0, size["vocab_size"], (3, 7))
    return student(ids).detach(), reference, ids


def pad_rows_with_gradient(cls, pad_idx: int) -> set[int]:
    model = cls(6, 8, 2, 2, pad_idx=pad_idx)
    model(torch.arange(6).unsqueeze(0)).square().sum().backward()
    grad = model.embedding.weight.grad
    return set() if grad is None else set(grad.abs().sum(1).nonzero().flatten().tolist())


def ff_sizes(cls, **more) -> set[int]:
    return {
        p.numel() for name, p in cls(6, 8, 2, 1, **more).named_parameters() if name.endswith("net.0.bias")
    }


def drops_at_zero(cls) -> bool:
    model = cls(6, 8, 2, 2, dropout=0.0).train()
    ids = torch.arange(6).unsqueeze(0)
    return not torch.equal(model(ids), model(ids))


def has_layers(cls) -> bool:
    return any(key.startswith("layers.") for key in cls(6, 8, 2, 2).state_dict())


DECODER_SIGNS = {
    "padding_learned": lambda cls: (
        2 in pad_rows_with_gradient(cls, 2) and 0 in pad_rows_with_gradient(cls, 0)
    ),
    "pad_idx_ignored": lambda cls: pad_rows_with_gradient(cls, 2) == {1, 2, 3, 4, 5},
    "layers_in_python_list": lambda cls: not has_layers(cls),
    "graph_cut": lambda cls: not pad_rows_with_gradient(cls, 0),
    "ff_dim_ignored": lambda cls: has_layers(cls) and ff_sizes(cls, ff_dim=5) != {5},
    "ff_dim_none_as_embed_dim": lambda cls: has_layers(cls) and ff_sizes(cls) != {32},
    "dropout_ignored": drops_at_zero,
}


@pytest.mark.parametrize("size", SIZES, ids=["three_layers", "two_layers_ff_dim"])
@pytest.mark.parametrize("path", files("transformer_decoder", "right"))
def test_a_right_decoder_agrees_with_the_reference_under_the_same_weights(path, size):
    torch.manual_seed(1)
    logits, reference, ids = logits_of(path, size)
    expected = reference(ids).detach()
    assert logits.shape == (3, 7, size["vocab_size"])
    assert torch.allclose(logits, expected, rtol=1e-5, atol=1e-5)

    # And the other way round: weights read back from a student's own initialisation.
    student = defined(path, "TransformerDecoder")(**size).eval()
    load(student, into=reference)
    assert torch.allclose(student(ids), reference(ids), rtol=1e-5, atol=1e-5)
    assert not {key for key, sign in DECODER_SIGNS.items() if sign(type(student))}


@pytest.mark.parametrize("path", files("transformer_decoder", "wrong"))
def test_a_wrong_decoder_is_what_its_hypothesis_predicts(path):
    torch.manual_seed(2)
    wrong = misconception(path)
    if wrong.hypothesis is None:
        cls = defined(path, "TransformerDecoder")
        assert {key for key, sign in DECODER_SIGNS.items() if sign(cls)} == {wrong.id}
        return
    for size in SIZES:
        logits, reference, ids = logits_of(path, size)
        assert same(logits, wrong.hypothesis(reference, ids).detach())
        assert not same(logits, reference(ids).detach())


@pytest.mark.parametrize("size", SIZES, ids=["three_layers", "two_layers_ff_dim"])
def test_no_two_decoder_hypotheses_agree(size):
    torch.manual_seed(3)
    reference = random_reference(size)
    ids = torch.randint(0, size["vocab_size"], (2, 3))
    outputs = {m.id: m.hypothesis(reference, ids).detach() for m in DECODER if m.hypothesis}
    outputs["right"] = reference(ids).detach()
    for (id_a, a), (id_b, b) in itertools.combinations(outputs.items(), 2):
        assert not same(a, b), (id_a, id_b)


# ---------------------------------------------------------------------------------------------
# generate


class ContextStub(nn.Module):
    """Model whose logits depend on all ids and their places; says EOS for sure after `sure_eos` ids."""

    def __init__(self, sure_eos: int | None):
        super().__init__()
        table = torch.randn(97, len(TOKENS), generator=torch.Generator().manual_seed(5)) * 1.5
        table[:, [PAD, SOS]] = -30.0
        if sure_eos is None:
            table[:, EOS] = -30.0
        self.table = nn.Parameter(table)
        self.sure_eos = sure_eos
        self.seen: set[tuple[bool, bool]] = set()  # (training, gradients) of each forward pass

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        self.seen.add((self.training, torch.is_grad_enabled()))
        place = torch.arange(ids.size(1))
        context = ((ids * (place + 2) ** 2).cumsum(1) + 7 * place) % 97  # (1, S)
        logits = self.table[context]  # (1, S, V)
        if self.sure_eos is not None and ids.size(1) >= self.sure_eos:
            logits = logits.clone()
            logits[:, self.sure_eos - 1] = -30.0
            logits[:, self.sure_eos - 1, EOS] = 0.0
        return logits

    @torch.no_grad()
    def next_logits(self, ids: tuple[int, ...]) -> torch.Tensor:
        return self(torch.tensor([ids]))[0, -1]


def law_of_texts(
    stub: ContextStub, prompt: str, new: int, temperature: float, hypothesis
) -> dict[str, float]:
    """Exact probability of each text of at most `new` drawn tokens."""
    start = (SOS, *(SMALL_VOCAB["char2idx"][c] for c in prompt))
    law: dict[str, float] = {}

    def walk(ids: tuple[int, ...], p: float) -> None:
        if len(ids) == len(start) + new or ids[-1] == EOS:
            text = "".join(TOKENS[i] for i in ids if i > EOS)
            law[text] = law.get(text, 0.0) + p
            return
        draw = Draw(ids, len(prompt), stub.next_logits, PAD)
        for token, q in enumerate(hypothesis(stub.next_logits(ids), temperature, draw).tolist()):
            if p * q > 1e-9:
                walk((*ids, token), p * q)

    walk(start, 1.0)
    return law


def p_value(texts: list[str], law: dict[str, float]) -> float:
    """Chi-square test, rare texts pooled; 0 when an impossible text was seen."""
    if set(texts) - set(law):
        return 0.0
    expected = {text: p * len(texts) for text, p in law.items()}
    rare = [text for text, e in expected.items() if e < 8]
    common = [text for text in expected if text not in rare]
    f_exp = [expected[t] for t in common] + [sum(expected[t] for t in rare)] * bool(rare)
    f_obs = [texts.count(t) for t in common] + [sum(texts.count(t) for t in rare)] * bool(rare)
    if len(f_exp) < 2:
        return 1.0
    return float(stats.chisquare(f_obs, np.array(f_exp) * sum(f_obs) / sum(f_exp)).pvalue)


def right_hypothesis(logits: torch.Tensor, temperature: float, draw: Draw) -> torch.Tensor:
    return softmax_law(logits, temperature)


def sample(generate, seed: int, count: int, stub, **arguments) -> list[str]:
    torch.manual_seed(seed)
    return [generate(stub, **arguments) for _ in range(count)]


def signs_of(generate) -> set[str]:
    """Ids of the misconceptions without hypothesis that this function shows."""
    signs: set[str] = set()
    stub = ContextStub(sure_eos=5).train()
    try:
        generate(stub, prompt="a#b", max_len=4)
    except KeyError:
        signs.add("unknown_characters_crash")
    stub.train()
    text = generate(stub, prompt="ab", max_len=20)
    if not isinstance(text, str):
        return signs | {"nothing_returned" if text is None else "ids_returned"}
    signs |= {"training_mode"} if any(training for training, _ in stub.seen) else set()
    signs |= {"gradients_recorded"} if any(gradients for _, gradients in stub.seen) else set()
    signs |= {"special_tokens_in_text"} if "<" in text else set()
    signs |= {"goes_on_after_eos"} if len(text) > 4 and "<" not in text else set()
    endless = ContextStub(sure_eos=None)
    prompted = sample(generate, 4, 8, endless, prompt="ab", max_len=6)
    signs |= {"max_len_ignored"} if max(map(len, prompted)) > 20 else set()
    signs |= {"prompt_missing_from_text"} if not all("ab" in text[:7] for text in prompted) else set()
    texts = {sample(generate, seed, 1, endless, max_len=6)[0] for seed in range(12)}
    signs |= {"reseeded"} if len(texts) == 1 else set()
    again = {sample(generate, 3, 1, endless, max_len=12)[0] for _ in range(6)}
    signs |= {"other_generator"} if len(again) > 1 else set()
    return signs


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("path", [*files("generate", "right"), pytest.param(None, id="reference")])
def test_a_right_sampler_follows_the_model(path, temperature, monkeypatch):
    for key, value in SMALL_VOCAB.items():
        monkeypatch.setattr(mini_gpt, key, value)
    generate = mini_gpt.generate if path is None else defined(path, "generate", **SMALL_VOCAB)
    for prompt in ("", "bé"):
        stub = ContextStub(sure_eos=3 + len(prompt))
        law = law_of_texts(stub, prompt, 3, temperature, right_hypothesis)
        texts = sample(generate, 11, 500, stub, prompt=prompt, max_len=20, temperature=temperature)
        assert p_value(texts, law) > 1e-6
    assert not signs_of(generate)


@pytest.mark.parametrize("path", files("generate", "wrong"))
def test_a_wrong_sampler_is_what_its_hypothesis_predicts(path):
    generate, wrong = defined(path, "generate", **SMALL_VOCAB), misconception(path)
    if wrong.hypothesis is None:
        assert signs_of(generate) == {wrong.id}
        return
    worst = 1.0
    for prompt, temperature in itertools.product(("", "bé"), (0.5, 2.0)):
        stub = ContextStub(sure_eos=3 + len(prompt))
        texts = sample(generate, 12, 500, stub, prompt=prompt, max_len=3, temperature=temperature)
        law = law_of_texts(stub, prompt, 3, temperature, wrong.hypothesis)
        assert p_value(texts, law) > 1e-6
        worst = min(worst, p_value(texts, law_of_texts(stub, prompt, 3, temperature, right_hypothesis)))
    assert worst < 1e-9


def test_no_two_sampler_hypotheses_agree():
    stub = ContextStub(sure_eos=30)
    hypotheses = {m.id: m.hypothesis for m in SAMPLER if m.hypothesis} | {"right": right_hypothesis}
    draws = [Draw((SOS, 3, 5, *drawn), 2, stub.next_logits) for drawn in [(), (4,), (4, 3), (5, 5, 4)]]
    laws = {
        key: torch.stack([hypothesis(stub.next_logits(d.ids), 0.6, d) for d in draws])
        for key, hypothesis in hypotheses.items()
    }
    for law in laws.values():
        assert torch.allclose(law.sum(-1), torch.ones(len(draws), dtype=torch.float64)) and (law >= 0).all()
    for (id_a, a), (id_b, b) in itertools.combinations(laws.items(), 2):
        assert (a - b).abs().max() > 1e-2, (id_a, id_b)
