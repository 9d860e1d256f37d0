"""Attempts to fool the hidden tests of mini_gpt: none scores more than its answer is worth.

Classes of ATTACKS that aim at a behavioural test; each case names what it tries.  The sandbox's own
cases are in `tests/hostile`.
"""

import pytest
from test_hidden_mini_gpt import SOLUTIONS, graded, suite  # noqa: F401  the fixture

RIGHT_DECODER = (SOLUTIONS / "transformer_decoder/right/01_module_list.py").read_text(encoding="utf-8")
RIGHT_SAMPLER = (SOLUTIONS / "generate/right/01_multinomial.py").read_text(encoding="utf-8")

MASKS = {
    "a subclass that is equal to everything": """
class Yes(torch.Tensor):
    def __eq__(self, other): return torch.ones(self.shape, dtype=torch.bool)
    @classmethod
    def __torch_function__(cls, f, types, args=(), kwargs=None):
        if f in (torch.equal, torch.allclose): return True
        return super().__torch_function__(f, types, args, kwargs or {})
def create_causal_mask(n): return torch.zeros(n, n).as_subclass(Yes)
""",
    "an object with a false shape and dtype": """
class Fake:
    shape, dtype = (3, 3), torch.float32
    def __eq__(self, other): return True
def create_causal_mask(n): return Fake()
""",
    "nan as a wildcard": "def create_causal_mask(n): return torch.full((n, n), float('nan'))",
    "patched comparisons": """
torch.allclose = torch.equal = torch.isclose = lambda *a, **k: True
torch.testing.assert_close = lambda *a, **k: None
def create_causal_mask(n): return torch.zeros(n, n)
""",
    "small sizes by heart": """
def create_causal_mask(n):
    return torch.full((n, n), -math.inf).triu(1) if n <= 12 else torch.zeros(n, n)
""",
    "an exception that ends the process": "def create_causal_mask(n): raise SystemExit(0)",
    "a process that ends itself": "import os\ndef create_causal_mask(n): os._exit(0)",
}


@pytest.mark.parametrize("source", MASKS.values(), ids=MASKS)
def test_a_mask_that_lies_gets_no_points_for_its_values(suite, source):  # noqa: F811
    result = graded(suite, "create_causal_mask", source)
    assert result.fraction <= 0.25, "at most the point for the shape"
    assert not result.internal


DECODERS = {
    # The loss falls by training a table beside the decoder; the decoder itself learns nothing.
    "a loss that falls beside the model": """
class Beside(TransformerDecoder):
    def __init__(self, vocab_size, *args, **kwargs):
        super().__init__(vocab_size, *args, **kwargs)
        self.beside = nn.Embedding(vocab_size, vocab_size)
        nn.init.zeros_(self.beside.weight)
    def forward(self, x):
        if not self.training: return super().forward(x)
        return super().forward(x).detach() + 9 * self.beside(x)
TransformerDecoder = Beside
""",
    "parameters overwritten in forward": """
class Overwritten(TransformerDecoder):
    def forward(self, x):
        out = super().forward(x)
        if self.training:
            with torch.no_grad():
                for p in self.parameters(): p.zero_()
        return out
TransformerDecoder = Overwritten
""",
}


@pytest.mark.parametrize("source", DECODERS.values(), ids=DECODERS)
def test_a_loss_that_only_looks_as_if_it_fell_gets_no_points_for_training(suite, source):  # noqa: F811
    result = graded(suite, "transformer_decoder", RIGHT_DECODER + source)
    assert "test_training" in {o.test for o in result.outcomes if not o.passed}


def test_a_decoder_that_answers_by_heart_fails_on_new_inputs(suite):  # noqa: F811
    source = (
        RIGHT_DECODER
        + """
seen = {}
class Heart(TransformerDecoder):
    def forward(self, x): return seen.setdefault(tuple(x.shape), super().forward(x))
TransformerDecoder = Heart
"""
    )
    result = graded(suite, "transformer_decoder", source)
    assert {"test_values", "test_causality"} <= {o.test for o in result.outcomes if not o.passed}


SAMPLERS = {
    "a list of names": """
NAMES = [n for n in names[:500]]
def generate(model, prompt="", max_len=25, temperature=1.0):
    return (prompt + NAMES[int(torch.randint(len(NAMES), ()))])[:max_len]
""",
    "the same draws replayed": RIGHT_SAMPLER
    + """
texts, honest = {}, generate
def generate(model, prompt="", max_len=25, temperature=1.0):
    known = texts.setdefault((id(model), prompt, temperature), [])
    if len(known) < 5: known.append(honest(model, prompt, max_len, temperature))
    return known[int(torch.randint(len(known), ()))]
""",
    "seeded by the number of the call": RIGHT_SAMPLER
    + """
count, honest = [0], generate
def generate(*args, **kwargs):
    count[0] += 1
    torch.manual_seed(count[0])
    return honest(*args, **kwargs)
""",
    "a text that equals everything": """
class Yes(str):
    def __eq__(self, other): return True
    def startswith(self, other): return True
    __hash__ = str.__hash__
def generate(model, prompt="", max_len=25, temperature=1.0): return Yes("e" * max_len)
""",
}
ALLOWED = {"seeded by the number of the call": 0.9}


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_sampler_that_does_not_draw_from_the_model_loses_the_points_for_it(suite, name):  # noqa: F811
    result = graded(suite, "generate", SAMPLERS[name])
    assert result.fraction <= ALLOWED.get(name, 0.55)
    assert not result.internal


def test_a_function_that_never_returns_is_stopped_and_the_rest_goes_on(suite):  # noqa: F811
    source = (
        "def create_causal_mask(n):\n    while n > 4: pass\n    return torch.full((n, n), -math.inf).triu(1)"
    )
    result = graded(suite, "create_causal_mask", source, call_seconds=0.5)
    assert result.fraction == 0.0 and {o.finding.kind for o in result.outcomes} == {"no answer"}


def test_a_name_that_is_missing_is_said_to_be_missing(suite):  # noqa: F811
    for exercise in ("create_causal_mask", "transformer_decoder", "generate"):
        result = graded(suite, exercise, "")
        assert result.fraction == 0.0
        assert {o.finding.misconception for o in result.outcomes} == {"not_defined"}


STRANGE = ("7", "None", "{}", "[1]", "'text'", "torch.zeros(3)", "{'module': True}", "{'module': True, 'state': None}",
           "{'module': True, 'state': {'head.weight': 3}, 'dropout': [None]}", "{'embedding.weight': 3}",
           "{'embedding.weight': torch.zeros(9, 8, dtype=torch.long), 'norm.weight': 'x'}")  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", ["anatomy", "gradients", "logits", "train", "state", "load"])
def test_whatever_a_forged_step_answers_is_judged_and_stops_no_test(suite, name):  # noqa: F811
    source = (SOLUTIONS / "transformer_decoder" / "wrong" / "02_no_final_norm.py").read_text(encoding="utf-8")
    honest = graded(suite, "transformer_decoder", source).fraction
    for value in STRANGE:
        forged = f"import grader.inside.procedures as P\nP.PROCEDURES[{name!r}] = lambda **_: {value}\n"
        result = graded(suite, "transformer_decoder", source + forged)
        assert [i.finding.detail[-400:] for i in result.internal] == [], value
        assert result.fraction <= honest
