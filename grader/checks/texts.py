"""What every test of a function that writes texts asks first: that it returned something.

Later mistakes are each told in the test of their own; but where nothing came back there is no text that could be judged,
and whatever else a test said of it would be false.
"""

from __future__ import annotations

from collections.abc import Iterable

from grader.bridge import Answer
from grader.checks.diagnose import WrongReference, named
from grader.checks.verdict import fail


def require_something(
    answers: list[Answer],
    misconceptions: Iterable[WrongReference],
    expected: tuple[str, str] = ("a text was expected", "un texte était attendu"),
) -> list[Answer]:
    """The answers; fails where one is None.

    Parameters
    ----------
    answers : list of Answer
    misconceptions : iterable
        Those of the exercise, ``nothing_returned`` among them.
    expected : tuple of str
        In English and in French.

    Returns
    -------
    list of Answer
        The answers.

    Raises
    ------
    Misunderstood
    """
    empty = next((a for a in answers if a.type_name == "NoneType"), None)
    if empty is None:
        return answers
    cause = named(misconceptions, "nothing_returned")
    fail(
        f"`{empty.call}` returned nothing (None), {expected[0]}.",
        f"`{empty.call}` n'a rien renvoyé (None), {expected[1]}.",
        cause.id if cause else None,
        cause.sentence if cause else None,
    )
