"""How a check fails: with a sentence in each language, and perhaps a misconception's name."""

from __future__ import annotations

from typing import Any, NoReturn

from grader.errors import Misunderstood
from grader.text import Text

__all__ = ["Misunderstood", "fail"]


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
