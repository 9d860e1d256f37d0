"""One warm process and one released course for all tests here; each test module works in a copy."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.sandbox.zygote import Zygote

from .tiny_course import TinyCourse


@pytest.fixture(scope="session")
def zygote() -> Iterator[str]:
    """Address of a zygote that lives as long as the tests."""
    with Zygote.start() as warm:
        yield warm.address


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory, zygote: str) -> TinyCourse:
    """A course after ``nbgrader generate_assignment``; not to be changed."""
    return TinyCourse(tmp_path_factory.mktemp("released"), zygote).create()


@pytest.fixture(scope="session")
def new_course(released: TinyCourse, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., TinyCourse]:
    """Make a course of one's own, in a folder of one's choice."""

    def make(folder: Path | None = None) -> TinyCourse:
        folder = folder or tmp_path_factory.mktemp("course")
        shutil.copytree(released.folder, folder, dirs_exist_ok=True)
        return TinyCourse(folder, released.zygote)

    return make
