"""Answers made to stop or to deceive the judge: nested ones, ones that cannot be sent back, ones that order a terminal about."""

import time

import msgpack
import numpy
import pytest
from asking_student import forked
from test_hidden_lesson4 import LESSON, suite

from grader.bridge import NoAnswer, StudentError
from grader.checks.plain import described
from grader.engine.feedback import as_text
from grader.pytest_plugin.finding import finding_of
from grader.result import ExerciseResult, TestOutcome
from grader.text import Text
from grader.wire import WireError, decode, encode

__all__ = ["suite"]  # a fixture
NESTED = """
def nested(depth, value):
    for _ in range(depth):
        value = [value]
    return value

def attention(query, keys, values):
    return nested(30, "a")
"""
KEEPS = """
import torch

def keeps_itself(params):
    params["all"] = params
    return 1

def keeps_complex(params):
    if params["n"] == 1:
        params["z"] = torch.zeros(2, dtype=torch.complex64)
    return params["n"]
"""


@pytest.mark.parametrize("depth", [5, 20, 39])
def test_a_deeply_nested_value_is_described_in_no_time(depth):
    value = ["a", 1.0]
    for _ in range(depth):
        value = [value, "b"]
    began = time.process_time()
    en, fr = described(value)
    assert time.process_time() - began < 0.5
    assert en.startswith("a list that holds ") and fr.startswith("une liste qui contient ") and len(en) < 500


def test_a_nested_answer_costs_its_points_and_no_time(suite):
    began = time.process_time()
    result = LESSON.graded(suite, "attention", NESTED, stand_ins={})
    assert time.process_time() - began < 5.0
    assert result.fraction < 0.2 and not result.internal


def test_what_cannot_come_back_spoils_its_own_call_only():
    with forked(code=KEEPS) as student:
        with pytest.raises(NoAnswer) as caught:
            student.calls("keeps_itself", [(({"a": 1.0},), {})], echo=True)
        assert caught.value.reason == "too large"
        with pytest.raises(NoAnswer) as caught:
            student.calls("keeps_complex", [(({"n": n},), {}) for n in range(3)], echo=True)
        assert (caught.value.reason, caught.value.call) == ("too large", "keeps_complex({'n': 1})")


def test_a_terminal_obeys_no_student():
    error = StudentError(
        "\x9bError", "\x1b]52;c;cm0gLXJm\x07 \u202egnp.exe\rok", call="f(1)", line="x\x1b[2J"
    )
    text = Text("a title", "un titre")
    for caught in (error, NoAnswer("malformed", "\x1b[31m", "f(1)")):
        outcome = TestOutcome("t", text, 1.0, False, finding_of(caught))
        said = as_text(ExerciseResult("f", (outcome,)), 0.0, 1.0, "en", "full")
        assert not {c for c in said if not c.isprintable()} - {"\n"}


def hard_keys():
    """Integers, the first of which fill a dict's table so that each of the others has to pass them all."""
    mask, place, run = (1 << 18) - 1, 7, []
    for _ in range(100_000):
        run.append(place)
        place = (5 * place + 1) & mask
    filled = numpy.zeros(1 << 18, dtype=bool)
    filled[run] = True
    keys = numpy.random.default_rng(1).integers(1 << 18, 1 << 31, size=4_000_000)
    where, perturb, good = keys & mask, keys.copy(), filled[keys & mask]
    for _ in range(7):  # as CPython looks for a free place
        perturb >>= 5
        where = (5 * where + perturb + 1) & mask
        good &= filled[where]
    return [*run, *numpy.unique(keys[good])[:20_000].tolist()]


def test_keys_that_are_chosen_to_meet_each_other_are_refused_in_no_time():
    pairs = [[key, None] for key in hard_keys()]
    structure = msgpack.packb(["d", *(pairs[i : i + 2000] for i in range(0, len(pairs), 2000))])
    began = time.process_time()
    with pytest.raises(WireError):
        decode(structure, [])
    assert time.process_time() - began < 2.0


def test_large_dicts_with_texts_as_keys_and_small_ones_with_others_cross():
    for value in ({f"word {n}": n for n in range(20_000)}, {n: 1 for n in range(4096)}):
        assert decode(*encode(value)) == value
    with pytest.raises(WireError):
        encode({n: 1 for n in range(4097)})


SWALLOWS = """
import time

def slow():
    try:
        time.sleep(30)
    except KeyboardInterrupt:
        return 42

def quick():
    return 1
"""


def test_an_answer_after_the_deadline_does_not_count_and_the_kernel_lives():
    with forked(code=SWALLOWS) as student:
        with pytest.raises(NoAnswer) as caught:
            student.calls("slow", [((), {})], seconds=0.3)
        assert caught.value.reason == "late"
        assert student.quick().value == 1
