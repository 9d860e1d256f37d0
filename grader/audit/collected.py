"""Lists an assignment's hidden tests without running them, in a process that has PyTorch loaded already."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from grader.batch.worker import suite
from grader.errors import CourseError


@dataclass(frozen=True)
class HiddenTest:
    """A hidden test as its file declares it."""

    exercise: str
    name: str
    points: float


def collect_hidden_tests(folders: dict[str, Path], root: Path) -> dict[str, list[HiddenTest]]:
    """The hidden tests of several assignments, in the order in which they run.

    Parameters
    ----------
    folders : dict of str to Path
        Folder of hidden tests by assignment.
    root : Path
        Folder from which they import.

    Raises
    ------
    CourseError
        If the tests of an assignment cannot be collected.
    """
    multiprocessing.set_forkserver_preload(["grader.batch.warm", "grader.batch.warm_checks"])
    found = {}
    for assignment, folder in folders.items():
        # A process each, as its imports stay: the fork server makes that cheap.
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("forkserver")) as pool:
            listed = pool.submit(_list, str(folder), str(root)).result()
        if isinstance(listed, str):
            raise CourseError(listed)
        found[assignment] = listed
    return found


def _list(tests: str, root: str) -> list[HiddenTest] | str:
    try:
        collected = suite(tests, root)
    except CourseError as error:
        return str(error)
    listed = []
    for exercise, items in collected.by_exercise.items():
        for item in items:
            marker = item.get_closest_marker("points")
            listed.append(HiddenTest(exercise, item.name, float(marker.args[0]) if marker else 1.0))
    return listed
