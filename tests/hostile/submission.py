"""Builds hostile notebooks from the files below ``tricks/``.

A trick is a file of student code.  Its head says in one line what it tries, and what to expect:

    # trick: every comparison of torch says yes
    # exercise: create_causal_mask        the exercise that it cheats in (this one where not said)
    # wrong: 03_transposed                wrong solution of ``tests/solutions`` that it wants points for
    # with the right answer: full         full (where not said), lost (the trick spoils it) or any (not tried)
    # worth: 1                            points of the trick's own answer, where it brings one
    # ends: memory                        word that the events for the instructor must hold
    # order: generate create_causal_mask  test cells in this order
    # limits: cell_seconds=1              limits other than those of `LIMITS`

The cells follow, each after its place: ``# %% before`` the solution, ``# %% wrap`` between solution and
tests, ``# %% after`` the tests.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from grader.limits import MIB

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ASSIGNMENT = "mini_gpt"
NOTEBOOK = "part1_from_scratch"
SOURCE = ROOT / "source" / ASSIGNMENT
SOLUTIONS = ROOT / "tests" / "solutions" / ASSIGNMENT
POINTS = {"create_causal_mask": 4, "transformer_decoder": 10, "generate": 6}
WRONG = {
    "create_causal_mask": "03_transposed",
    "transformer_decoder": "11_mask_in_first_layer_only",
    "generate": "01_greedy",
}
PIECES = ("multi_head_attention", "feed_forward", "positional_encoding", "decoder_block")
# What a thief would like to find: a sentence of the hidden tests, and the secret of the submission.
SEED = b"the secret of this hostile suite"
TREASURES = ("0 on and below the diagonal", SEED.decode())
LIMITS: dict[str, Any] = {
    "cell_seconds": 3.0,
    "submission_seconds": 20.0,
    "call_seconds": 3.0,
    "memory_bytes": 600 * MIB,
    "data_bytes": 2048 * MIB,
}


@dataclass(frozen=True)
class Trick:
    """A hostile submission, parsed."""

    name: str
    cells: list[tuple[str, str]]
    exercise: str = "create_causal_mask"
    wrong: str = ""
    honest: str = "full"
    worth: float | None = None
    ends: str = ""
    order: tuple[str, ...] = ()
    limits: dict[str, Any] = field(default_factory=dict)

    @property
    def searches(self) -> bool:
        """Whether it looks for something, and says so when it has."""
        return any('print("SEARCHED")' in source for _, source in self.cells)


def read(path: Path) -> Trick:
    """Parse a trick's file."""
    text = path.read_text(encoding="utf-8")
    head, *parts = re.split(r"^# %% ", text, flags=re.MULTILINE)
    says = dict(re.findall(r"^# ([\w ]+): (.*)$", head, flags=re.MULTILINE))
    known = {"trick", "exercise", "wrong", "with the right answer", "worth", "ends", "order", "limits"}
    assert "trick" in says and set(says) <= known, f"{path}: {set(says) - known}"
    exercise = says.get("exercise", "create_causal_mask")
    limits = dict(pair.split("=") for pair in says.get("limits", "").split())
    return Trick(
        name=f"{path.parent.name}/{path.stem}",
        cells=[tuple(part.split("\n", 1)) for part in parts],  # type: ignore[misc]
        exercise=exercise,
        wrong=says.get("wrong", WRONG[exercise]),
        honest=says.get("with the right answer", "full"),
        worth=float(says["worth"]) if "worth" in says else None,
        ends=says.get("ends", ""),
        order=tuple(says.get("order", exercise).split()),
        limits={k: float(v) if k.endswith("seconds") else int(v) for k, v in limits.items()},
    )


def tricks() -> list[Trick]:
    """All tricks, by class."""
    return [read(path) for path in sorted((HERE / "tricks").glob("*/*.py"))]


def given(name: str) -> str:
    """Source of a locked cell of the assignment."""
    for cell in nbformat.read(SOURCE / f"{NOTEBOOK}.ipynb", as_version=4).cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == name:
            return str(cell.source)
    raise KeyError(name)


def answer(exercise: str, which: str) -> str:
    """A solution of the library: ``right``, or a wrong one by name."""
    pattern = "right/01_*.py" if which == "right" else f"wrong/{which}.py"
    (path,) = (SOLUTIONS / exercise).glob(pattern)
    return path.read_text(encoding="utf-8")


def graded(name: str, source: str, points: float = 0) -> Any:
    """A solution cell, or with points a test cell."""
    metadata = {
        "grade_id": name,
        "grade": points > 0,
        "solution": points == 0,
        "locked": points > 0,
        "task": False,
    }
    return new_code_cell(source, metadata={"nbgrader": {**metadata, "points": points, "schema_version": 3}})


def notebook(trick: Trick | None, which: str, exercise: str = "", test: str = "", **names: Any) -> Any:
    """A submission: the cells that the exercise needs, the answer, the tests, and the trick's cells.

    Parameters
    ----------
    trick : Trick or None
    which : str
        "right" or the name of a wrong solution.
    exercise : str
        Where there is no trick.
    test : str
        Source of the test cells.
    **names
        Given to the trick as global names: what it may know and look for.
    """
    exercise = trick.exercise if trick else exercise
    order = trick.order if trick else (exercise,)
    cells = {
        place: [s for p, s in trick.cells if p == place] if trick else []
        for place in ("before", "wrap", "after")
    }
    known = {**names, "TREASURES": [codecs.encode(t, "rot13") for t in TREASURES], "STOLEN": []}
    built = [given("setup"), "\n".join(f"{k} = {v!r}" for k, v in known.items())]
    if set(order) != {"create_causal_mask"}:
        built += [given("read_names"), given("vocabulary"), *map(given, PIECES)]
        built += [] if "create_causal_mask" in order else [answer("create_causal_mask", "right")]
    others = [graded(e, answer(e, "right")) for e in POINTS if e in order and e != exercise]
    return new_notebook(
        cells=[
            *map(new_code_cell, [*built, *cells["before"]]),
            graded(exercise, answer(exercise, which)),
            *others,
            *map(new_code_cell, cells["wrap"]),
            *(graded(f"{e}_tests", test, POINTS[e]) for e in order),
            *map(new_code_cell, [*cells["after"], "if STOLEN:\n    print('STOLEN', STOLEN)"]),
        ]
    )
