"""What pytest loads: markers, fixtures and options of hidden tests.

A test sees the submission through fixtures only; which submission that is, `suite.Suite` says
before it runs the tests of an exercise.
"""

from __future__ import annotations  # and nothing heavy below: pytest loads this file in every session

import hashlib
import hmac
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import torch

    from grader.bridge import Student


@dataclass
class Bench:
    """The submission on the bench: what the fixtures give to the running test.

    Parameters
    ----------
    student : Student or None
        Calls into the submission's kernel.
    seed : bytes
        Secret of this submission; every random input follows from it and the test's name.
    device : str
        Where the student's tensors live.
    kept : dict
        What the tests of this exercise keep for each other.
    """

    student: Student | None = None
    seed: bytes = b""
    device: str = "cpu"
    kept: dict[str, Any] = field(default_factory=dict)


BENCH = pytest.StashKey[Bench]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options for running hidden tests by hand; `grader.engine.by_hand` acts on them."""
    group = parser.getgroup("autoregrade", "hidden tests on one notebook, by hand")
    group.addoption(
        "--submission", metavar="NOTEBOOK", help="run the hidden tests on this notebook, in a box"
    )
    group.addoption("--language", choices=("en", "fr"), default="en", help="language of the feedback")
    group.addoption("--sandbox", choices=("bwrap", "none"), default="bwrap", help="`none`: WITHOUT a box")
    group.addoption("--set", action="append", default=[], metavar="NAME=VALUE", help="grading parameter")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers."""
    config.stash.setdefault(BENCH, Bench())
    if config.getoption("submission"):
        config.pluginmanager.import_plugin("grader.engine.by_hand")
    config.addinivalue_line(
        "markers", "exercise(name, relies_on={}): the exercise that these hidden tests grade"
    )
    config.addinivalue_line("markers", "points(n): what a hidden test is worth (default 1)")
    config.addinivalue_line(
        "markers", "vacuous: a function that does nothing passes this test, so it counts only beside others"
    )
    config.addinivalue_line("markers", "title(fr): a hidden test's title in French (English: its docstring)")


@pytest.fixture
def student(request: pytest.FixtureRequest) -> Student:
    """The submission's namespace: ``student.create_causal_mask(7)``."""
    bench = request.config.stash[BENCH]
    if bench.student is None:
        raise pytest.UsageError("a hidden test needs a submission: pytest ... --submission notebook.ipynb")
    return bench.student


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> random.Random:
    """Random source of this test on this submission; the same at every repetition."""
    return random.Random(secret_number(request))


@pytest.fixture
def generator(request: pytest.FixtureRequest) -> torch.Generator:
    """The same as `rng`, as a generator of PyTorch's."""
    import torch

    return torch.Generator().manual_seed(secret_number(request))


@pytest.fixture
def device(request: pytest.FixtureRequest) -> str:
    """Device of the student's tensors."""
    return request.config.stash[BENCH].device


@pytest.fixture
def kept(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What this exercise's tests keep for each other, as a diagnosis that is dear; new for every grading."""
    return request.config.stash[BENCH].kept


@pytest.fixture
def sizes(rng: random.Random) -> list[int]:
    """Secret sizes, smallest first, so that the first failure is the smallest counterexample."""
    return [1, 2, 3, 4, *sorted(rng.sample(range(5, 13), 2)), rng.randrange(20, 65)]


def secret_number(request: Any) -> int:
    """63 bits from the submission's secret and the test's name."""
    name = request.node.nodeid.rpartition("/")[2].encode()
    return int.from_bytes(hmac.digest(request.config.stash[BENCH].seed, name, hashlib.sha256)[:8], "big") >> 1
