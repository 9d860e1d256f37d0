"""The registry: which exercises a lesson has, and the public checks of each.

A lesson is one module of `grader.student.exercises`, or any code that an instructor ships beside a
notebook: creating a `Lesson` registers it.  A public check is a plain function of the student's
names that raises `Wrong` when something is not right::

    lesson = Lesson("lesson4_attention", ("Lesson 4: attention", "Leçon 4 : l'attention"))

    dot = lesson.exercise("dot", 1, ("the scalar product", "le produit scalaire"))

    @dot.check("Product by product, then the sum", "Produit par produit, puis la somme")
    def _(student):
        expect(student.dot([1.0, 2.0], [3.0, 4.0])).near(11.0)

Public means public: students can read these files.  They hold inputs, and results computed by hand,
never an implementation that would be the answer.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from grader.student import exercises
from grader.student.speech import Text, Words
from grader.student.speech import language as choose_language
from grader.student.wrong_use import WrongUse

PublicCheck = Callable[[Any], None]

_registered: dict[str, Lesson] = {}
_open: list[Lesson] = []


@dataclass
class Exercise:
    """One exercise of a lesson and its public checks, in the order in which they run.

    Parameters
    ----------
    name : str
        As in the course's contract: ``"causal_mask"``.
    points : float
    title : str or (en, fr)
    asks_for : str
        Name that the student has to define.
    """

    name: str
    points: float
    title: Words
    asks_for: str
    checks: list[tuple[Text, PublicCheck]] = field(default_factory=list)

    def check(self, en: str, fr: str) -> Callable[[PublicCheck], PublicCheck]:
        """Add the function below as a public check with this title."""

        def add(function: PublicCheck) -> PublicCheck:
            self.checks.append((Text(en, fr), function))
            return function

        return add


class Lesson:
    """The exercises of one notebook, and which of them this kernel has seen pass.

    Parameters
    ----------
    name : str
        What `lesson(name)` opens.
    title : str or (en, fr)
    """

    def __init__(self, name: str, title: Words) -> None:
        self.name, self.title = name, title
        self.exercises: dict[str, Exercise] = {}
        self.done: set[str] = set()
        _registered[name] = self

    def exercise(self, name: str, points: float, title: Words, asks_for: str | None = None) -> Exercise:
        """Declare the next exercise of the notebook."""
        made = Exercise(name, points, title, asks_for or name)
        self.exercises[name] = made
        return made

    @property
    def finished(self) -> bool:
        """Whether every exercise has passed its public checks in this kernel."""
        return len(self.done) == len(self.exercises)


def lesson(name: str, language: str | None = None) -> None:
    """Open a lesson: `check`, `exercise` and the progress bar are about it from now on.

    Parameters
    ----------
    name : str
        Module of `grader.student.exercises` ("lesson3_embeddings", ..., "mini_gpt_part1",
        "mini_gpt_part2"), or the name of a `Lesson` made elsewhere.
    language : {"en", "fr"}, optional

    Raises
    ------
    WrongUse
        If there is no such lesson.
    """
    if language is not None:
        choose_language(language)
    if name not in _registered:
        where = f"{exercises.__name__}.{name}"
        if not re.fullmatch(r"[a-z][a-z0-9_]*", str(name)) or importlib.util.find_spec(where) is None:
            raise WrongUse(
                f"lesson({name!r}): there is no such lesson.", f"lesson({name!r}) : cette leçon n'existe pas."
            )
        importlib.import_module(where)
    _open[:] = [_registered[name]]


def opened() -> Lesson:
    """The lesson in use.

    Raises
    ------
    WrongUse
        Where the cell that opens one was not run.
    """
    if not _open:
        raise WrongUse(
            'Run the first code cell of the notebook: it says which lesson this is, lesson("...").',
            'Exécutez la première cellule de code du notebook : elle dit quelle leçon c\'est, lesson("...").',
        )
    return _open[0]
