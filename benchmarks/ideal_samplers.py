"""The course's samplers, and ideal ones in their place, for `benchmarks.sampler_gradings`.

Where a hidden test asks the student for texts, an ideal sampler draws them from the exact law of a hypothesis.  What
stands in differs by exercise, since each has its own way of asking; all are methods of the tests' own writers.
"""

from __future__ import annotations

import contextlib
import importlib
import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch

from grader.checks.name_writer import NameWriter
from grader.pytest_plugin.suite import Suite

ROOT = Path(__file__).parents[1]
Law = Mapping[Any, float]
Ideal = Callable[[Law, int], list[Any]]  # (law, n) -> n outcomes


@dataclass(frozen=True)
class Sampler:
    """An exercise whose answer draws at random.

    Parameters
    ----------
    assignment, exercise : str
    tests : tuple of str
        Hidden tests that judge its draws against a law.
    given : callable
        () -> names of the notebook, with right versions of earlier exercises.
    misconceptions : callable
        () -> those of the exercise.
    stand_in : callable
        (suite, hypothesis or None, ideal) -> context in which an ideal sampler writes the texts.
    share : float
        Of all gradings of right samplers.
    """

    assignment: str
    exercise: str
    tests: tuple[str, ...]
    given: Callable[[], dict[str, Any]]
    misconceptions: Callable[[], Sequence[Any]]
    stand_in: Callable[[Suite, Any, Ideal], contextlib.AbstractContextManager[Any]]
    share: float

    @property
    def name(self) -> str:
        """``lesson3_embeddings generate``."""
        return f"{self.assignment} {self.exercise}"

    def files(self, kind: str) -> list[Path]:
        """Right or wrong files of the library."""
        return sorted((ROOT / "tests" / "solutions" / self.assignment / self.exercise / kind).glob("*.py"))

    def namespace(self, path: Path) -> dict[str, Any]:
        """Names of a notebook in which this answer stands."""
        names = self.given()
        exec(compile(path.read_text(encoding="utf-8"), path.stem, "exec"), names)  # noqa: S102  our own file
        return names


# -- ideal samplers in the place of a student's texts ----------------------------------------------


def drawer(seed: int) -> Ideal:
    """Draws from a law that is given as a table."""
    rng = np.random.default_rng(seed)

    def draw(law: Law, n: int) -> list[Any]:
        outcomes, p = list(law), np.array(list(law.values()))
        if not p.sum() > 0:
            return [None] * n  # a wrong sampler under which nothing can be drawn
        return [outcomes[i] for i in rng.choice(len(outcomes), n, p=p / p.sum())]

    return draw


def _room(suite: Suite, file: str) -> Any:
    """A file of hidden tests as the module that pytest made of it."""
    modules = [*suite.config.pluginmanager.get_plugins(), *(item.module for item in suite.session.items)]
    return next(m for m in modules if Path(getattr(m, "__file__", None) or "").name == file)


@contextlib.contextmanager
def _lesson_3(suite: Suite, hypothesis: Any, ideal: Ideal) -> Iterator[None]:
    from reference.pure_python import wrong_embeddings_sampler

    writer = _room(suite, "conftest.py").Writer
    arrays: dict[int, tuple[Any, Any]] = {}  # keeps each W, so that no other gets its id

    def sample(self: Any, model: Any, n: int) -> list[str]:
        return ideal(model.names(hypothesis or wrong_embeddings_sampler.law), n)

    def forward(context: Any, W: Any, b: Any) -> list[float]:
        """As the reference, to the last digits, in a tenth of the time."""
        if id(W) not in arrays:
            arrays[id(W)] = (W, np.array(W))
        return list((np.array(context) @ arrays[id(W)][1] + b).tolist())

    with (
        patch.object(writer, "sample", sample),
        patch.object(writer, "cause", lambda self: None),
        patch.object(wrong_embeddings_sampler, "forward", forward),
    ):
        yield


@contextlib.contextmanager
def _lessons_5_and_6(suite: Suite, hypothesis: Any, ideal: Ideal) -> Iterator[None]:
    def sample(self: Any, setting: Any, n: int) -> list[tuple[int, ...]]:
        return ideal(self.laws.of_texts(setting, hypothesis or self.wrong.right_distribution), n)

    with patch.object(NameWriter, "_sample", sample), patch.object(NameWriter, "_cause", lambda *_: None):
        yield


@contextlib.contextmanager
def _mini_gpt_1(suite: Suite, hypothesis: Any, ideal: Ideal) -> Iterator[None]:
    from reference.pytorch.misconceptions import right_distribution
    from reference.pytorch.wrong_sampler import Draw

    writer, tests = _room(suite, "conftest.py").Writer, _room(suite, "test_generate.py")

    def right(logits: Any, temperature: float, draw: Any) -> Any:
        return right_distribution(logits, temperature)

    def sample(
        self: Any, model: Any, n: int, length: int = 1, prompt: str = "", temperature: float = 1.0
    ) -> list[tuple[int, ...]]:
        def step(logits: Any, ids: tuple[int, ...]) -> Any:
            draw = Draw(ids, len(prompt), model.next_logits, self.pad)
            return (hypothesis or right)(logits, temperature, draw)

        return ideal(model.law(self.start(prompt), length, step), n)

    with (
        patch.object(
            writer, "place", lambda self, model: model
        ),  # the model itself is what an ideal one reads
        patch.object(writer, "sample", sample),
        patch.object(writer, "draws_alike", lambda *_: False),  # an ideal one reads no seed
        patch.object(writer, "cause", lambda self: None),
        patch.object(tests, "require_long_texts", lambda *_: None),  # nothing random, and a law has no texts
    ):
        yield


@contextlib.contextmanager
def _mini_gpt_2(suite: Suite, hypothesis: Any, ideal: Ideal) -> Iterator[None]:
    tests = _room(suite, "test_generate_with_params.py")

    def sample(
        self: Any, model: Any, placed: Any, n: int, prompt: str, settings: dict[str, Any]
    ) -> list[Any]:
        return ideal(tests.laws(model, prompt, settings, hypothesis)[0], n)

    with (
        patch.object(tests.Writer, "place", lambda self, model: None),
        patch.object(tests.Writer, "sample", sample),
        patch.object(tests, "likeliest", lambda *_: None),
        patch.object(tests, "require_long_text", lambda *_: None),  # as above
        patch.object(tests, "require_defaults", lambda *_: None),
    ):
        yield


# -- what a notebook gives ----------------------------------------------------------------------------


def _names(*modules: str) -> dict[str, Any]:
    found: dict[str, Any] = {"math": math, "random": random, "torch": torch}
    for module in modules:
        found |= {
            k: v for k, v in vars(importlib.import_module(f"reference.{module}")).items() if k[:2] != "__"
        }
    return found


def _part_2() -> dict[str, Any]:
    return _names("pytorch.mini_gpt", "pytorch.gpt2_sampling") | {"F": torch.nn.functional}


def _wrong(module: str, name: str) -> Callable[[], Sequence[Any]]:
    """Misconceptions by module and name, as late as they are needed."""

    def read() -> Sequence[Any]:
        found = getattr(importlib.import_module(f"reference.{module}"), name)
        return tuple(found["generate"] if isinstance(found, Mapping) else found)

    return read


SAMPLERS = (
    Sampler(
        "lesson3_embeddings", "generate", ("test_law",),
        lambda: _names("pure_python.embeddings"),
        _wrong("pure_python.wrong_embeddings_sampler", "GENERATE"), _lesson_3, 0.25,
    ),
    Sampler(
        "lesson5_mini_llm", "generate", ("test_temperature", "test_context"),
        lambda: _names("pure_python.mini_llm"),
        _wrong("pure_python.wrong_mini_llm", "BY_EXERCISE"), _lessons_5_and_6, 0.1,
    ),
    Sampler(
        "lesson6_training", "generate", ("test_temperature", "test_context"),
        lambda: _names("pure_python.mini_llm", "pure_python.training"),
        _wrong("pure_python.wrong_training", "BY_EXERCISE"), _lessons_5_and_6, 0.1,
    ),
    Sampler(
        "mini_gpt", "generate", ("test_temperature", "test_context"),
        lambda: _names("pytorch.mini_gpt"), _wrong("pytorch.misconceptions", "SAMPLER"), _mini_gpt_1, 0.4,
    ),
    Sampler(
        "mini_gpt", "generate_with_params", ("test_each_setting", "test_order"),
        _part_2, _wrong("pytorch.wrong_gpt2_sampler", "GENERATE"), _mini_gpt_2, 0.15,
    ),
)  # fmt: skip
