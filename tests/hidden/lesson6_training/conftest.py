"""Fixtures of the hidden tests of lesson 6.

`model` places random parameters in the student's kernel and calls the student's functions there, so
that a cache, whatever it is made of, goes from `forward_with_cache` to `backward` without leaving,
and what changes in place is seen in the very object that was passed in.
"""

from dataclasses import dataclass
from typing import Any

import pytest

from grader.bridge import Answer, Student, StudentError
from grader.checks import letter_model
from grader.checks.carried import carried
from grader.checks.name_writer import NameWriter
from grader.wire import Stub
from reference.pure_python import mini_llm, training, wrong_generate
from reference.pure_python.wrong_training import BY_EXERCISE

SECONDS = 90.0  # wall time of one message: a way back in pure Python on a busy machine


@dataclass
class Model:
    """Parameters in the student's kernel, and the student's functions on them."""

    student: Student
    params: dict[str, Any]
    placed: Answer

    def call(self, name, *arguments, spoken, keep=False):
        """One of the student's functions; an error quotes the call as a student writes it."""
        try:
            return self.student.calls(name, [(arguments, {})], keep=keep, seconds=SECONDS)[0]
        except StudentError as error:
            error.call = spoken
            raise

    def forward(self, ids, placed_ids=None):
        """What `forward_with_cache` returned, kept in the kernel; the ids may be there already."""
        return self.call(
            "forward_with_cache",
            list(ids) if placed_ids is None else placed_ids,
            self.placed,
            keep=True,
            spoken=f"forward_with_cache({ids}, params)",
        )

    def item(self, pair, index, keep=False):
        """One of the two things that it returned."""
        return self.student.calls(self.student.place(Stub("item", {})), [((pair, index), {})], keep=keep)[0]

    def size(self, pair):
        """How many things it returned; None where that is no list and no tuple (of a class of one's own, too)."""
        value = read(self.student, pair)
        return len(value) if isinstance(value, (list, tuple)) else None

    def pair(self, ids):
        """Probabilities and cache after `ids`, both kept in the kernel."""
        kept = self.forward(ids)
        if self.size(kept) != 2:
            raise StudentError(
                "TypeError",
                "forward_with_cache did not return a pair",
                call=f"forward_with_cache({ids}, params)",
            )
        return self.item(kept, 0, keep=True), self.item(kept, 1, keep=True)

    def gradients(self, ids, target):
        """What `backward` returned after a forward pass on `ids`."""
        probs, cache = self.pair(ids)
        return self.backward(cache, probs, target)

    def backward(self, cache, probs, target):
        """What `backward` returned."""
        return self.call(
            "backward", cache, probs, target, self.placed, spoken=f"backward(cache, probs, {target}, params)"
        )

    def now(self):
        """The parameters as they are in the kernel now."""
        return read(self.student, self.placed)

    def value(self, kept):
        """An object of the kernel as it is now."""
        return read(self.student, kept)


def read(student, kept):
    """Value of an object that stays in the kernel; a list too, which would be read as a path by itself."""
    return student.get(student.place({"it": kept.value})).value["it"]


@pytest.fixture
def model(student, rng):
    """Function that places parameters, random ones by default."""

    def place(params=None, std=0.3):
        params = letter_model.random_params(rng, mini_llm.SHAPES, std) if params is None else params
        return Model(student, params, student.place(params))

    return place


@pytest.fixture
def contexts(rng):
    """Ids of every length from 1 to CONTEXT, smallest first; from 3 on a letter stands twice."""
    return letter_model.contexts(rng, mini_llm.VOCAB_SIZE, mini_llm.CONTEXT)


@pytest.fixture
def writer(student, rng):
    """The student's `generate` and models for it."""
    return NameWriter(student, rng, mini_llm, wrong_generate, BY_EXERCISE["generate"], 0.8)


@pytest.fixture
def seen(student):
    """Function that gives the value of an object in the kernel as it is now."""
    return lambda kept: read(student, kept)


@pytest.fixture
def learner(student):
    """The student, whose two passes fit together.

    A way back that stands in for a wrong one knows no cache but its own: the forward pass that fills it
    stands in too.
    """
    with_stand_in = student.kind("backward") == "callable" and is_stand_in(student, "backward")
    if with_stand_in and not is_stand_in(student, "forward_with_cache"):
        student.replace("forward_with_cache", FORWARD)
    return student


def is_stand_in(student, name):
    """Whether a stand-in of ours holds this name."""
    if student.kind(name) != "callable":
        return False
    return student.get(name, keep=True).type_name == "grader.inside.stand_in.StandIn"


FORWARD = carried(training.forward_with_cache)
