"""How a check fails: with a sentence in each language, and perhaps a misconception's name."""

from __future__ import annotations

from typing import Any, NoReturn

from grader.text import Text


class Misunderstood(AssertionError):
    """The student's answer is wrong, and this is what can be said about it.

    Parameters
    ----------
    text : Text
        For the student: what was seen, what was expected, the likely cause.
    misconception : str, optional
        Id of the wrong reference that reproduces the answer.
    detail : str
        For the instructor.
    """

    def __init__(self, text: Text, misconception: str | None = None, detail: str = "") -> None:
        super().__init__(text.en)
        self.text, self.misconception, self.detail = text, misconception, detail


def fail(en: str, fr: str, misconception: str | None = None, because: Any = None) -> NoReturn:
    """Fail the running check.

    Parameters
    ----------
    en, fr : str
        What was seen and expected.
    misconception : str, optional
    because : object with ``en`` and ``fr``, optional
        The likely cause, told after what was seen.

    Raises
    ------
    Misunderstood
    """
    text = Text(en, fr)
    if because is not None:
        text = text + Text(because.en, because.fr)
    raise Misunderstood(text, misconception)
