"""What a simulated class is made of: assignments, students, the cells they write and what those must earn.

What must be found does not come from the grader.  It comes from the label on the file that a student
handed in: a file of ``tests/solutions/<assignment>/<exercise>/right`` earns full points, one of
``.../wrong`` loses points and is told the misconception that its own first line names; an attack
earns at most what the same wrong answer earns honestly; a broken file is not graded, for the reason
named here.  By the contract an exercise costs nothing because an earlier one was wrong, and the
points of an exercise are the contract's, written down here a second time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Worth = Literal["full", "less", "zero", "as honest"]


@dataclass(frozen=True)
class Exercise:
    """An exercise of the course.

    Parameters
    ----------
    name : str
    points : float
        By the course's contract.
    short : str
        For the head of a column, and in the column of what went wrong.
    """

    name: str
    points: float
    short: str


@dataclass(frozen=True)
class Notebook:
    """A notebook of an assignment, with its exercises in their order."""

    name: str
    exercises: tuple[Exercise, ...]


@dataclass(frozen=True)
class Cell:
    """What stands in a solution cell, and what it must earn.

    Parameters
    ----------
    worth : {"full", "less", "zero", "as honest"}
        Full points; fewer than full; none; at most what the honest student with the same answer gets.
    solution : str
        File below ``tests/solutions/<assignment>/<exercise>``, without ``.py``; its label says the misconception.
    source : str
        Text of the cell, where there is no file; where there is one, it stands above it.
    told : str
        Misconception that must be named; for a wrong file its label says it.
    honest : str
        Of an attack: the student of the same class who hands in the same answer without it.
    """

    worth: Worth
    solution: str = ""
    source: str = ""
    told: str = ""
    honest: str = ""


def right(name: str) -> Cell:
    """A right answer of the library: full points."""
    return Cell("full", solution=f"right/{name}")


def wrong(name: str) -> Cell:
    """A wrong answer of the library: fewer points, and its misconception is named."""
    return Cell("less", solution=f"wrong/{name}")


def attack(source: str, honest: str, solution: str = "") -> Cell:
    """An attack that sells a wrong answer: worth what the same answer is worth to an honest student."""
    return Cell("as honest", source=source, honest=honest, solution=solution)


def worthless(source: str) -> Cell:
    """A cell that leaves nothing usable behind."""
    return Cell("zero", source=source)


UNTOUCHED = Cell("zero", told="not_written")
ABSENT = "not_handed_in"  # the one change that leaves no folder behind


@dataclass(frozen=True)
class Student:
    """A simulated student and one submission.

    Parameters
    ----------
    name : str
        Student id.
    story : str
        What is handed in, in a few words.
    cells : dict of str to Cell
        By exercise; a notebook is handed in whole or, where none of its exercises is here, not at all.
    change : str
        What is done to the notebook or its folder, a function of `grader.demo.handing_in`.
    not_graded : str
        Part of the reason for which it must not be graded; empty where it must be graded.
    event : str
        Part of what the instructor must be told about the kernel.
    never_shown : tuple of str
        Texts that the feedback page must not contain.
    """

    name: str
    story: str
    cells: dict[str, Cell] = field(default_factory=dict)
    change: str = ""
    not_graded: str = ""
    event: str = ""
    never_shown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assignment:
    """An assignment and its simulated class.

    Parameters
    ----------
    name : str
    notebooks : tuple of Notebook
        In the order of the course.
    students : tuple of Student
    instructive : str
        Student whose feedback page is worth a look.
    """

    name: str
    notebooks: tuple[Notebook, ...]
    students: tuple[Student, ...]
    instructive: str

    @property
    def exercises(self) -> tuple[Exercise, ...]:
        """All exercises, in the order of the course."""
        return tuple(e for n in self.notebooks for e in n.exercises)

    def handed_in(self, student: Student) -> tuple[Notebook, ...]:
        """Notebooks that `student` hands in; the first where no cell says which."""
        begun = tuple(n for n in self.notebooks if any(e.name in student.cells for e in n.exercises))
        return begun or self.notebooks[:1]
