"""Right answers that think of devices in their own way get full points on a card, as they do on the CPU.

Where the notebook has put `device` on a card, an answer that never thought of devices fails in the student's own
cells (tensors that meet on different devices), and is right all the same: points do not follow from the machine.
The answers are those of tests/solutions, and the first of each with another thought of devices.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from grader.sandbox.cards import Card

pytestmark = [pytest.mark.slow, pytest.mark.gpu]
SOLUTIONS = Path(__file__).parents[1] / "solutions/mini_gpt"
EXERCISES = ("create_causal_mask", "transformer_decoder", "generate")
# What to write in place of what, in the first right answer to each exercise.
FULL, TO_X, TO_DEVICE = 'float("-inf"))', ".to(x.device)", ".to(device)"
ON_DEVICE = 'float("-inf"), device=device)'
THOUGHTS: dict[str, tuple[dict[str, str], dict[str, str], dict[str, str]]] = {
    "no thought of devices": ({}, {TO_X: ""}, {TO_DEVICE: ""}),
    "everything on the notebook's device": ({FULL: ON_DEVICE}, {TO_X: TO_DEVICE}, {}),
    "beside the argument": ({}, {}, {TO_DEVICE: ""}),
    "the device as a default": ({"(seq_len):": "(seq_len, device=device):", FULL: ON_DEVICE}, {TO_X: ""}, {}),
}


def right(exercise: str) -> list[str]:
    """All right answers to an exercise."""
    return [path.read_text() for path in sorted((SOLUTIONS / exercise / "right").glob("*.py"))]


def rewritten(source: str, changes: dict[str, str]) -> str:
    """A source with other words, each of which was there once."""
    for old, new in changes.items():
        assert source.count(old) == 1, f"{old!r} in {source}"
        source = source.replace(old, new)
    return source


def styles() -> dict[str, dict[str, str]]:
    """Answers to all exercises, by the style of who wrote them."""
    answers = {exercise: right(exercise) for exercise in EXERCISES}
    found = {
        name: {e: rewritten(answers[e][0], changes) for e, changes in zip(EXERCISES, thought, strict=True)}
        for name, thought in THOUGHTS.items()
    }
    for number in range(max(map(len, answers.values()))):  # each of them once at least
        found[f"solutions {number + 1}"] = {e: a[number % len(a)] for e, a in answers.items()}
    return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course in which each style has handed in."""
    return handed_in(tmp_path_factory.mktemp("styles") / "course")


def handed_in(folder: Path) -> Path:
    """Make that course."""
    from benchmarks.throughput import course

    made = course(folder, len(styles()), stock=False, short=False)
    for number, answers in enumerate(styles().values()):
        path = made / f"submitted/student{number:03d}/mini_gpt/part1_from_scratch.ipynb"
        nb = nbformat.read(path, as_version=4)
        cells = {cell.metadata.get("nbgrader", {}).get("grade_id", ""): cell for cell in nb.cells}
        for exercise, source in answers.items():
            cells[exercise].source = source
        nbformat.write(nb, path)
    return made


@pytest.mark.parametrize("device", ["cuda", "cpu"])
def test_every_style_gets_full_points(card: Card, place: Path, device: str) -> None:
    from benchmarks.throughput import run, scores

    run(["grader", "autograde", "mini_gpt", "--device", device, "--jobs", "2", "--force"], place)
    found = dict(zip(styles(), scores(place).values(), strict=True))
    assert found == dict.fromkeys(styles(), 20.0)
