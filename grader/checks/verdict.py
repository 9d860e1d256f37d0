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
    cause : Text, optional
        The likely cause alone, without inputs or values.
    evidence : dict, optional
        From `grader.checks.evidence`, for a picture.
    """

    def __init__(
        self,
        text: Text,
        misconception: str | None = None,
        detail: str = "",
        cause: Text | None = None,
        evidence: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(text.en)
        self.text, self.misconception, self.detail = text, misconception, detail
        self.cause, self.evidence = cause, evidence


def fail(
    en: str,
    fr: str,
    misconception: str | None = None,
    because: Any = None,
    evidence: dict[str, Any] | None = None,
) -> NoReturn:
    """Fail the running check.

    Parameters
    ----------
    en, fr : str
        What was seen and expected.
    misconception : str, optional
    because : object with ``en`` and ``fr``, optional
        The likely cause, told after what was seen; alone where the course shows no values.
    evidence : dict, optional
        From `grader.checks.evidence`: what the feedback draws a picture from.

    Raises
    ------
    Misunderstood
    """
    text, cause = Text(en, fr), None
    if because is not None:
        cause = Text(because.en, because.fr)
        text = text + cause
    raise Misunderstood(text, misconception, cause=cause, evidence=evidence)
