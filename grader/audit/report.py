"""What an audit finds, as plain values: a verdict for each answer, flaws, and the three figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from grader.audit.collected import HiddenTest
from grader.audit.solutions import Solution
from grader.result import TestOutcome

FlawKind = Literal[
    "right loses", "wrong escapes", "check", "fault", "not told", "dead test", "points", "unproved"
]
# An audit that finds one of these ends with an exit code that is not 0; the others are told.
ERRORS: tuple[FlawKind, ...] = ("right loses", "wrong escapes", "check", "fault")
TITLES: dict[FlawKind, str] = {
    "right loses": "right answers that lose points",
    "wrong escapes": "wrong answers that lose none",
    "check": "right answers that the visible check refuses",
    "fault": "answers that could not be tried",
    "not told": "wrong answers that are not told their misconception",
    "dead test": "hidden tests that catch nothing",
    "points": "points that do not add up",
    "unproved": "exercises without proof",
}


@dataclass(frozen=True)
class Flaw:
    """Something that an instructor should know.

    Parameters
    ----------
    kind : str
        A key of `TITLES`.
    assignment, exercise : str
    text : str
        One line.
    """

    kind: FlawKind
    assignment: str
    exercise: str
    text: str

    @property
    def is_error(self) -> bool:
        """Whether the audit fails for it."""
        return self.kind in ERRORS


@dataclass(frozen=True)
class Verdict:
    """What grading made of one answer.

    Parameters
    ----------
    solution : Solution
    score, maximum : float
    outcomes : tuple of TestOutcome
        Hidden tests in order.
    check : {"passed", "failed", "absent", "not run"}
        How the visible test cell ended in the same kernel.
    check_said : str
        Its error in one line.
    trouble : str
        Why this says nothing about the tests; empty where it does.
    seconds : float
        In the worker.
    """

    solution: Solution
    score: float
    maximum: float
    outcomes: tuple[TestOutcome, ...] = ()
    check: Literal["passed", "failed", "absent", "not run"] = "not run"
    check_said: str = ""
    trouble: str = ""
    seconds: float = 0.0

    @property
    def full(self) -> bool:
        """Whether it kept all its points."""
        return not self.trouble and bool(self.outcomes) and all(o.passed for o in self.outcomes)

    @property
    def named(self) -> str:
        """Misconception that the student is told of first; empty where none is named."""
        found = (o.finding.misconception for o in self.outcomes if o.finding is not None)
        return next((m for m in found if m), "")

    @property
    def told(self) -> bool:
        """Whether a wrong answer is told the misconception that its header names."""
        return bool(self.solution.misconception) and self.named == self.solution.misconception

    @property
    def caught(self) -> bool:
        """Whether a wrong answer lost points."""
        return not self.trouble and not self.full


@dataclass(frozen=True)
class ExerciseAudit:
    """One exercise: its hidden tests, and its answers' verdicts in order."""

    assignment: str
    exercise: str
    notebook: str
    tests: tuple[HiddenTest, ...]
    right: tuple[Verdict, ...]
    wrong: tuple[Verdict, ...]

    @property
    def points(self) -> float:
        """What the exercise's test cell is worth."""
        return max((v.maximum for v in (*self.right, *self.wrong)), default=0.0)

    def worth(self, test: HiddenTest) -> float:
        """Points that this hidden test decides: its share of the cell's."""
        return self.points * test.points / (sum(t.points for t in self.tests) or 1.0)

    def kills(self, test: str) -> list[Verdict]:
        """Wrong answers that this hidden test fails."""
        return [v for v in self.wrong if any(o.test == test and failed(o) for o in v.outcomes)]

    def alone(self, test: str) -> list[Verdict]:
        """Wrong answers that no other hidden test fails."""
        return [v for v in self.kills(test) if sum(map(failed, v.outcomes)) == 1]


def failed(outcome: TestOutcome) -> bool:
    """Whether a hidden test failed by itself, not for lack of another that passed."""
    return not outcome.passed and (outcome.finding is None or outcome.finding.kind != "idle")


@dataclass(frozen=True)
class Figures:
    """The three figures of an audit, each a count and the count that it should be."""

    right: int
    accepted: int
    wrong: int
    caught: int
    named: int

    def lines(self) -> list[str]:
        """One sentence a figure."""
        return [
            f"right answers accepted: {self.accepted} of {self.right}",
            f"misconceptions caught: {self.caught} of {self.wrong}",
            f"misconceptions named: {self.named} of {self.wrong}",
        ]


@dataclass(frozen=True)
class AuditReport:
    """A whole audit."""

    exercises: tuple[ExerciseAudit, ...]
    flaws: tuple[Flaw, ...]
    seconds: float = 0.0
    boxed: bool = True
    seed: str = ""
    assignments: tuple[str, ...] = field(default=())

    @property
    def figures(self) -> Figures:
        """Over all exercises."""
        return figures(self.exercises)

    @property
    def failed(self) -> bool:
        """Whether a flaw is an error."""
        return any(f.is_error for f in self.flaws)


def figures(exercises: Iterable[ExerciseAudit]) -> Figures:
    """The three figures over some exercises."""
    exercises = list(exercises)
    right = [v for e in exercises for v in e.right]
    wrong = [v for e in exercises for v in e.wrong]
    return Figures(
        right=len(right),
        accepted=sum(v.full for v in right),
        wrong=len(wrong),
        caught=sum(v.caught for v in wrong),
        named=sum(v.caught and v.told for v in wrong),
    )


def flaws_of(audit: ExerciseAudit) -> list[Flaw]:
    """What the verdicts on one exercise's answers show."""

    def flaw(kind: FlawKind, text: str) -> Flaw:
        return Flaw(kind, audit.assignment, audit.exercise, text)

    found: list[Flaw] = []
    for v in (*audit.right, *audit.wrong):
        where = f"{v.solution.kind}/{v.solution.name}"
        failed = [o for o in v.outcomes if not o.passed]
        if v.trouble:
            found.append(flaw("fault", f"{where}: {v.trouble}"))
        elif v.solution.kind == "right":
            if failed:
                said = failed[0].finding.text["en"] if failed[0].finding else ""
                found.append(
                    flaw("right loses", f"{where}: {v.score:g} of {v.maximum:g}; {failed[0].test}: {said}")
                )
            if v.check == "failed":
                found.append(flaw("check", f"{where}: {v.check_said}"))
        elif not failed:
            found.append(
                flaw("wrong escapes", f"{where} ({v.solution.misconception or 'no header'}) keeps its points")
            )
        elif not v.told:
            wanted = v.solution.misconception or "nothing: it has no `# misconception:` header"
            found.append(
                flaw("not told", f"{where}: told {v.named or 'no misconception'}, its header says {wanted}")
            )
    if audit.wrong and not any(v.trouble for v in audit.wrong):
        found += [
            flaw("dead test", f"{t.name} fails none of {len(audit.wrong)} wrong answers")
            for t in audit.tests
            if not audit.kills(t.name)
        ]
    return found
