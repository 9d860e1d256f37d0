"""`check`, `verify` and `exercise`: what a student runs below an answer.

Checks run in the student's own kernel, on the student's own names; they help, and decide nothing
about grades.  They leave no trace: the state of the random generators is put back afterwards.
A failed check raises `CheckFailed`, so the cell fails for `nbgrader validate` too; its traceback
is one line, because the banner above has said the rest.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import random
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from grader.student import banner
from grader.student.expect import Student, Wrong
from grader.student.lessons import Exercise, Lesson, opened
from grader.student.picture import show
from grader.student.speech import Text, Words, say
from grader.student.wrong_use import WrongUse, lines

PRINTED = 5  # lines of a student's own prints that a check lets through


class CheckFailed(Exception):
    """An exercise does not pass its public checks yet.

    Parameters
    ----------
    exercise : str
    sentence : str
        What is wrong, in the language of the notebook.
    """

    def __init__(self, exercise: str, sentence: str) -> None:
        super().__init__(f"{exercise}: {sentence}")
        self.exercise, self.sentence = exercise, sentence

    def _render_traceback_(self) -> list[str]:
        """IPython shows this instead of the frames, of which none is the student's."""
        short = (f"{self.exercise}: not yet, see above.", f"{self.exercise} : pas encore, voir ci-dessus.")
        return lines(str(self), say(short))


def check(name: str, namespace: Mapping[str, Any] | None = None) -> None:
    """Run the public checks of an exercise on what the notebook defines.

    Parameters
    ----------
    name : str
        The exercise, as in the course's contract.
    namespace : mapping, optional
        Where to look for the student's names; those of the calling cell by default.

    Raises
    ------
    CheckFailed
        If something is not right yet; the banner says what.
    WrongUse
        If the lesson has no such exercise.
    """
    lesson = opened()
    exercise = _exercise(lesson, name)
    names = sys._getframe(1).f_globals if namespace is None else namespace
    outcomes = list(_outcomes(exercise, Student(names)))
    failed = next((s for _, s in outcomes if s is not None), None)
    if failed is None:
        lesson.done.add(name)
        show(banner.passed(lesson, exercise, [t for t, _ in outcomes]))
        return
    lesson.done.discard(name)
    show(banner.not_yet(lesson, exercise, outcomes))
    raise CheckFailed(name, failed)


def _outcomes(exercise: Exercise, student: Student) -> Iterator[tuple[Text, str | None]]:
    """Title and sentence of each check that ran; None for the sentence of one that passed."""
    for title, function in exercise.checks:
        with _untouched_chance(), _few_prints():
            try:
                function(student)
            except Wrong as wrong:
                yield title, say((wrong.en, wrong.fr))
                if wrong.stop:
                    return
            except Exception as error:  # noqa: BLE001  the student returned what no check thought of
                seen = f"{type(error).__name__}: {error}"
                yield (
                    title,
                    say(
                        (
                            f"`{exercise.asks_for}` returned something that this check cannot read ({seen}).",
                            f"`{exercise.asks_for}` a renvoyé quelque chose que cette vérification ne sait pas lire ({seen}).",
                        )
                    ),
                )
            else:
                yield title, None


@contextlib.contextmanager
def _untouched_chance() -> Iterator[None]:
    """Fixed draws inside, the notebook's own generators as they were outside."""
    torch = sys.modules.get("torch")
    before = random.getstate()
    torch_before = torch.get_rng_state() if torch is not None else None
    try:
        random.seed(20)
        if torch is not None:
            torch.manual_seed(20)
        yield
    finally:
        random.setstate(before)
        if torch is not None and torch_before is not None:
            torch.set_rng_state(torch_before)


@contextlib.contextmanager
def _few_prints() -> Iterator[None]:
    """A check calls the student's functions many times: of what they print, the beginning is enough."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            yield
    finally:
        lines = printed.getvalue().splitlines()
        print(*lines[:PRINTED], sep="\n", end="\n" if lines else "")
        if len(lines) > PRINTED:
            print(
                say((f"... {len(lines) - PRINTED} more lines", f"... {len(lines) - PRINTED} lignes de plus"))
            )


def verify(condition: bool | Callable[[], Any], ok: Words, hint: Words) -> None:
    """Answer an explore cell with a banner; never raises.

    Parameters
    ----------
    condition : bool or callable
        Whether the student found it.  A callable is called; an exception in it means no.
    ok, hint : str or (en, fr)
        What to say if so, and if not.
    """
    try:
        good = bool(condition() if callable(condition) else condition)
    except Exception:  # noqa: BLE001  an explore cell never stops a notebook
        good = False
    lesson = None
    with contextlib.suppress(WrongUse):
        lesson = opened()
    show(banner.explored(lesson, good, say(ok if good else hint)))


def exercise(name: str) -> None:
    """Show the banner that opens an exercise: its number, what to define, points, progress.

    Raises
    ------
    WrongUse
        If the lesson has no such exercise.
    """
    lesson = opened()
    show(banner.opening(lesson, _exercise(lesson, name)))


def _exercise(lesson: Lesson, name: str) -> Exercise:
    if isinstance(name, str) and name in lesson.exercises:
        return lesson.exercises[name]
    if not isinstance(name, str):
        example = next(iter(lesson.exercises), "softmax")
        raise WrongUse(
            f'The name of an exercise stands in quotes: check("{example}").',
            f"Le nom d'un exercice s'écrit entre guillemets : check(\"{example}\").",
        )
    close = difflib.get_close_matches(name, lesson.exercises, 1)
    known = ", ".join(lesson.exercises)
    en, fr = (
        (f'did you mean "{close[0]}"?', f'vouliez-vous dire "{close[0]}" ?')
        if close
        else (f"it has {known}.", f"elle a {known}.")
    )
    raise WrongUse(
        f'{lesson.name} has no exercise "{name}"; {en}', f"{lesson.name} n'a pas d'exercice \"{name}\" ; {fr}"
    )
