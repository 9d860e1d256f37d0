"""Errors for people: what happened, to whose submission, what to do."""

from __future__ import annotations

from typing import Any

from grader.text import Text


class GraderError(Exception):
    """Anything grader tells a person in one line."""


class CourseError(GraderError):
    """The course itself is at fault: its tests, its settings, its gradebook."""


class SandboxError(GraderError):
    """The machine cannot build a box, or a box could not be started."""


class ZygoteLost(SandboxError):
    """The process that forks kernels has gone, and its boxes with it: no fault of any submission."""


class NotGradable(GraderError):
    """A submission that cannot be graded as it was handed in.

    Parameters
    ----------
    student : str
    reason : str
        One line: what is wrong with it.
    advice : str
        What to do.
    """

    def __init__(self, student: str, reason: str, advice: str = "") -> None:
        super().__init__(f"{student}: {reason}" + (f"; {advice}" if advice else ""))
        self.student, self.reason, self.advice = student, reason, advice

    def __reduce__(self) -> tuple[type[NotGradable], tuple[str, str, str]]:
        return type(self), (self.student, self.reason, self.advice)  # it may come from another process


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
