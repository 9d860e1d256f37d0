"""The checks themselves: what they accept, what they reject, and how often by chance.

The sampling check promises to fail a right sampler with probability below 1e-6 and to catch each
listed wrong one with probability at least 0.999.  Both are measured here on draws from the exact
laws, thousands of times, without a student's process.
"""

import random

import numpy as np
import pytest
import torch

from grader.bridge import Answer
from grader.checks import Misunderstood, expect
from grader.checks.context_model import ROWS, ContextModel, random_table
from grader.checks.diagnose import explains, named, same
from grader.checks.sampling import (
    ALIKE,
    ALPHA,
    agrees,
    cells,
    deviation,
    distance,
    excluded,
    p_value,
    rejected,
)
from grader.inside.stubs import build
from reference.pytorch.mini_gpt import create_causal_mask
from reference.pytorch.misconceptions import MASK, SAMPLER, Draw, right_distribution

PAD, SOS, EOS, V = 0, 1, 2, 24
LETTERS = list(range(3, 13))
PROMPT = (20, 21)


def answer(value, type_name="torch.Tensor"):
    return Answer(value, type_name, "create_causal_mask(3)")


# ---------------------------------------------------------------------------------------------
# Values


def test_a_right_mask_passes_every_step():
    expect(answer(create_causal_mask(3)), MASK).is_float_tensor(3, 3).equals(
        create_causal_mask(3), given=(3,)
    )


@pytest.mark.parametrize("wrong", [m for m in MASK if m.hypothesis], ids=lambda m: m.id)
def test_a_wrong_mask_is_named_and_explained_in_both_languages(wrong):
    with pytest.raises(Misunderstood) as caught:
        expect(answer(wrong.hypothesis(3)), MASK).is_float_tensor(3, 3).equals(
            create_causal_mask(3), given=(3,)
        )
    assert caught.value.misconception == wrong.id
    assert wrong.sentence.en in caught.value.text.en and wrong.sentence.fr in caught.value.text.fr
    assert "create_causal_mask(3)" in caught.value.text.en


@pytest.mark.parametrize(
    ("value", "type_name", "told"),
    [
        (None, "NoneType", "nothing_returned"),
        ([[0.0]], "list", "list_for_tensor"),
        (np.zeros((3, 3)), "numpy.ndarray", "array_for_tensor"),
        (torch.zeros(3, 3, dtype=torch.bool), "torch.Tensor", "bool_mask"),
        (torch.zeros(3, 3, dtype=torch.int64), "torch.Tensor", "int_mask"),
        (torch.zeros(1, 3, 3), "torch.Tensor", "extra_dimension"),
        (torch.zeros(4, 4), "torch.Tensor", None),
        ("0", "str", None),
    ],
)
def test_another_kind_of_answer_is_told_apart(value, type_name, told):
    with pytest.raises(Misunderstood) as caught:
        expect(answer(value, type_name), MASK).is_float_tensor(3, 3)
    assert caught.value.misconception == told


def test_nan_is_no_wildcard_and_shapes_do_not_broadcast():
    one = torch.ones(2)
    assert not same(torch.tensor([1.0, float("nan")]), one)
    assert not same(torch.ones(1), one) and not same(None, one)
    assert same(torch.ones(2, dtype=torch.float64), one)


def test_a_hypothesis_must_explain_every_input():
    wrong = named(MASK, "transposed")
    right, transposed = create_causal_mask(4), wrong.hypothesis(4)
    assert explains([transposed], [(4,)], MASK) is wrong
    assert explains([transposed, right], [(4,), (4,)], MASK) is None


# ---------------------------------------------------------------------------------------------
# The known model


@pytest.fixture(scope="module")
def model():
    table = random_table(torch.Generator().manual_seed(3), V, LETTERS, spread=1.0, choices=4)
    return ContextModel(table, (-1,) * 5 + (EOS,))


def test_the_stub_in_the_kernel_says_what_its_trusted_twin_says(model):
    stub = build(model.stub()).eval()
    ids = torch.randint(0, V, (4, 9), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        seen = stub(ids)
    for row in range(4):
        for end in range(1, 10):
            assert torch.equal(seen[row, end - 1], model.next_logits(ids[row, :end].tolist()))
    assert next(stub.parameters()).requires_grad and build(model.stub()).training


def test_the_stub_speaks_otherwise_in_training_mode_and_under_gradients():
    tables = [torch.full((ROWS, V), float(i)) for i in range(3)]
    stub = build(ContextModel(tables[0], (-1,), tables[1], tables[2]).stub())
    ids = torch.tensor([[SOS]])
    assert stub(ids)[0, 0, 0] == 1.0
    stub.eval()
    assert stub(ids)[0, 0, 0] == 2.0
    with torch.no_grad():
        assert stub(ids)[0, 0, 0] == 0.0
    with torch.inference_mode():
        assert stub(ids)[0, 0, 0] == 0.0


def test_the_law_of_texts_sums_to_one(model):
    law = model.law((SOS,), 3, lambda logits, ids: right_distribution(logits, 0.7))
    assert sum(law.values()) == pytest.approx(1.0, abs=1e-6) and len(law) == 4**3


# ---------------------------------------------------------------------------------------------
# Sampling: chance of failing a right sampler, power against wrong ones


FIRST = 300  # texts of the first sample, for each condition, in test_generate.py


def steps(model, hypothesis, prompt, temperature):
    def distribution(logits, ids):
        return hypothesis(logits, temperature, Draw(ids, len(prompt), model.next_logits, PAD))

    return distribution


def right(logits, temperature, draw):
    return right_distribution(logits, temperature)


class Urn:
    """Draws outcomes of a law, here."""

    def __init__(self, law):
        self.outcomes = list(law)
        self.p = np.array(list(law.values()))
        self.p /= self.p.sum()

    def draw(self, n, stream):
        return [self.outcomes[i] for i in stream.choice(len(self.p), n, p=self.p)]


def first_letter_laws(hypothesis, seed=0):
    """Laws of the test of temperature: one letter, three temperatures."""
    table = random_table(torch.Generator().manual_seed(seed), V, LETTERS, spread=1.0)
    model = ContextModel(table, (-1, EOS))
    return [model.law((SOS,), 1, steps(model, hypothesis, (), t)) for t in (0.4, 1.0, 2.4)]


def text_laws(hypothesis, seed=0):
    """Laws of the test of context: three letters after no prompt and after one."""
    table = random_table(torch.Generator().manual_seed(seed), V, LETTERS, spread=2.0, choices=4)
    model = ContextModel(table, (-1,) * 5 + (EOS,))
    return [model.law((SOS, *p), 3, steps(model, hypothesis, p, 1.0)) for p in ((), PROMPT)]


@pytest.mark.parametrize("laws_of", [first_letter_laws, text_laws])
def test_one_sample_rejects_a_right_sampler_about_as_rarely_as_promised(laws_of):
    laws = laws_of(right)
    stream = np.random.default_rng(5)
    repeats = 4000
    urns = [(Urn(law), law) for law in laws]
    values = [p_value(urn.draw(FIRST, stream), law) for urn, law in urns for _ in range(repeats // len(laws))]
    # At 1e-2 and 1e-3 the rate can be measured; a test at ALPHA = 3e-4 lies a step further out.
    for level in (1e-2, 1e-3):
        rate = np.mean(np.array(values) < level)
        assert rate < 2 * level + 4 * np.sqrt(2 * level / len(values)), (level, rate)
    assert ALPHA**2 < 1e-6 / 10


CAUGHT_BY_TEMPERATURE = [
    "greedy",
    "temperature_ignored",
    "temperature_multiplied",
    "uniform",
    "softmax_twice",
]
CAUGHT_BY_CONTEXT = [
    "greedy",
    "uniform",
    "softmax_twice",
    "first_position",
    "prompt_not_fed",
    "sos_missing",
    "last_token_only",
    "drawn_tokens_not_fed",
    "draws_once",
    "softmax_over_positions",
    "sigmoid_for_softmax",
]


def test_every_wrong_sampler_is_on_a_list_of_those_that_must_be_caught():
    with_hypothesis = {m.id for m in SAMPLER if m.hypothesis}
    assert with_hypothesis == {*CAUGHT_BY_TEMPERATURE, *CAUGHT_BY_CONTEXT}


@pytest.mark.parametrize(
    ("laws_of", "name"),
    [(first_letter_laws, n) for n in CAUGHT_BY_TEMPERATURE] + [(text_laws, n) for n in CAUGHT_BY_CONTEXT],
)
def test_a_wrong_sampler_is_caught_with_probability_0_999(laws_of, name):
    hypothesis = next(m.hypothesis for m in SAMPLER if m.id == name)
    stream, missed, tried = np.random.default_rng(7), 0, 0
    for seed in range(5):  # the secret table differs from submission to submission
        laws, urns = laws_of(right, seed), [Urn(law) for law in laws_of(hypothesis, seed)]
        for _ in range(100):
            tried += 1
            missed += rejected([urn.draw(FIRST, stream) for urn in urns], laws) is None
        # No miss in 500 alone would bound the power at 0.994; half of the sample and a far smaller
        # level suffice as well, and that margin carries it past 0.999.
        assert rejected([urn.draw(FIRST // 2, stream) for urn in urns], laws, alpha=1e-6) is not None
    assert missed == 0 and tried == 500


@pytest.mark.parametrize(
    ("laws_of", "name"),
    [(first_letter_laws, n) for n in CAUGHT_BY_TEMPERATURE] + [(text_laws, n) for n in CAUGHT_BY_CONTEXT],
)
def test_texts_of_a_wrong_sampler_are_all_alike_with_a_probability_below_1e_3(laws_of, name):
    hypothesis = next(m.hypothesis for m in SAMPLER if m.id == name)
    for seed in range(20):
        alike = 1.0
        for wrong, as_should in zip(laws_of(hypothesis, seed), laws_of(right, seed), strict=True):
            differ = sum(max(0.0, p - wrong.get(text, 0.0)) for text, p in as_should.items())
            alike *= (1 - differ) ** ALIKE  # whatever random numbers the two have in common
        assert alike < 1e-3


@pytest.mark.parametrize("temperature", [0.2, 1.0, 2.4])
def test_texts_of_the_trusted_side_are_those_that_torch_itself_draws(model, temperature):
    stub = build(model.stub()).eval()
    for seed in range(200):
        torch.manual_seed(seed)
        ids = [SOS]
        with torch.no_grad():
            for _ in range(3):
                logits = stub(torch.tensor([ids]))[0, -1] / temperature
                ids.append(int(torch.multinomial(torch.softmax(logits, -1), 1)))
        assert model.text((SOS,), 3, temperature, torch.Generator().manual_seed(seed)) == tuple(ids[1:])


def test_a_failure_stands_only_when_a_second_larger_sample_fails_too():
    law = {"a": 0.5, "b": 0.5}
    asked = []

    def unlucky_once(n, of):
        asked.append(n)
        return [["a"] * n] if len(asked) == 1 else [["a", "b"] * (n // 2)]

    assert deviation(unlucky_once, [law], 500, 1000) is None and asked == [500, 1000]
    found = deviation(lambda n, of: [["a"] * n], [law], 500, 1000)
    assert (found.where, found.drawn, found.expected) == (0, 1000, 0.5) and found.seen in (0.0, 1.0)


def test_only_what_failed_is_drawn_again():
    law, asked = {"a": 0.5, "b": 0.5}, []

    def second_is_wrong(n, of):
        asked.append((n, list(of)))
        return [["a"] * n if i == 1 else ["a", "b"] * (n // 2) for i in of]

    found = deviation(second_is_wrong, [law] * 3, 500, 1000)
    assert asked == [(500, [0, 1, 2]), (1000, [1])] and (found.where, found.drawn) == (1, 1000)


def test_an_impossible_outcome_rejects_at_once_and_rare_ones_are_pooled():
    law = {"a": 0.9, **{i: 0.1 / 50 for i in range(50)}}
    rng = random.Random(1)
    sample = ["a" if rng.random() < 0.9 else rng.randrange(50) for _ in range(500)]
    assert p_value(sample, law) > 1e-3
    assert p_value([*sample[:-1], "never"], law) == 0.0
    assert p_value(["a"] * 500, law) < 1e-6


def test_a_law_known_in_part_still_judges():
    assert agrees(["a"] * 60 + ["x"] * 40, {"a": 0.6})
    assert not agrees(["a"] * 95 + ["x"] * 5, {"a": 0.6})


def test_a_distance_counts_only_what_a_sample_of_that_size_can_show():
    law = {"a": 0.5, "b": 0.48, **{f"rare{i}": 0.001 for i in range(20)}}
    other = law | {"rare0": 0.011, "rare1": 0.0, "rare2": 0.0, "b": 0.472}
    assert distance(other, law, 100_000) > 0.1  # every outcome has a cell of its own
    assert distance(other, law, 240) < 0.01  # 0.02 in all: they join "b"
    assert excluded({"c": 0.5, "a": 0.5}, law) == 0.5 and excluded(other, law) == 0.0
    assert max(cells(law, 240).values()) == 1 and max(cells(law, 1000).values()) == 2
