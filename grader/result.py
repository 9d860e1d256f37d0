"""What grading gives, as plain values that travel between processes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from grader.text import Text

Kind = Literal["wrong", "error", "no answer", "idle", "internal"]


@dataclass(frozen=True)
class Finding:
    """Why a hidden test failed.

    Parameters
    ----------
    kind : {"wrong", "error", "no answer", "idle", "internal"}
        A wrong value, an exception of the student's, no usable answer, nothing wrong where nothing was right either,
        or a fault of the test itself (which needs a person and gives no points).
    text : Text
        For the student.
    misconception : str or None
        Id of the wrong reference that reproduces what was seen.
    detail : str
        Traceback of the student's lines, or of the test where the test is at fault.
    cause : Text or None
        What may be said without an input or a value of the hidden test: the misconception's sentence.
    evidence : dict or None
        What a picture is drawn from (`grader.checks.evidence`): plain, bounded, ready for JSON.
    """

    kind: Kind
    text: Text
    misconception: str | None = None
    detail: str = ""
    cause: Text | None = None
    evidence: dict[str, Any] | None = None


@dataclass(frozen=True)
class TestOutcome:
    """One hidden test on one submission."""

    __test__ = False  # not a test class, whatever pytest makes of the name

    test: str
    title: Text
    points: float
    passed: bool
    finding: Finding | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class ExerciseResult:
    """All hidden tests of one exercise.

    Parameters
    ----------
    carried : tuple of str
        Earlier exercises that were stood in for by a right version (error carried forward).
    """

    exercise: str
    outcomes: tuple[TestOutcome, ...]
    carried: tuple[str, ...] = ()

    @property
    def fraction(self) -> float:
        """Share of the points, in [0, 1]; 0 where there is no test."""
        total = sum(o.points for o in self.outcomes)
        return sum(o.points for o in self.outcomes if o.passed) / total if total > 0 else 0.0

    @property
    def internal(self) -> list[TestOutcome]:
        """Outcomes that are the course's fault, not the student's."""
        return [o for o in self.outcomes if o.finding is not None and o.finding.kind == "internal"]


@dataclass(frozen=True)
class CellScore:
    """Points of one grade cell, as the trusted side wrote them."""

    grade_id: str
    score: float
    max_score: float


@dataclass
class GradedNotebook:
    """A notebook after grading.

    Parameters
    ----------
    nb : dict
        The notebook (nbformat 4) with outputs and scores.
    exercises : list of ExerciseResult
    scores : list of CellScore
        Automatically graded cells only.
    events : list of str
        What happened to the kernel, in order, for the instructor.
    timings : dict of str to float
        Seconds by stage: start, cells, tests.
    files : dict of str to bytes
        What the cells wrote into the working folder, by relative path; not checked yet.
    card_full : bool
        Whether something ran out of a graphics card's memory.
    """

    nb: dict[str, Any]
    exercises: list[ExerciseResult] = field(default_factory=list)
    scores: list[CellScore] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    card_full: bool = False

    @property
    def needs_a_person(self) -> bool:
        """Whether a hidden test itself failed to run."""
        return any(e.internal for e in self.exercises)


def without_contents(graded: GradedNotebook) -> GradedNotebook:
    """What grading found, without the notebook, its files and the evidence for pictures."""
    exercises = [
        replace(
            e,
            outcomes=tuple(
                replace(o, finding=replace(o.finding, evidence=None)) if o.finding else o for o in e.outcomes
            ),
        )
        for e in graded.exercises
    ]
    return replace(graded, nb={}, files={}, exercises=exercises)
