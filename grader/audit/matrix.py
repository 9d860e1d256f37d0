"""The picture of an audit, in characters: hidden tests × wrong answers, and what each mark means.

A mark differs by shape as well as by colour, so that it reads without colours, and a sentence an exercise says
the same in words.
"""

from __future__ import annotations

from typing import Literal

from grader.audit.report import ExerciseAudit, Verdict, failed
from grader.result import TestOutcome

Mark = Literal["named", "caught", "passed", "absent"]
SIGNS: dict[Mark, str] = {"named": "●", "caught": "○", "passed": "·", "absent": " "}
MEANING: dict[Mark, str] = {
    "named": "fails it, and its message names the misconception",
    "caught": "fails it, without naming the misconception",
    "passed": "lets it pass",
    "absent": "did not run",
}


def outcome_of(verdict: Verdict, test: str) -> TestOutcome | None:
    """What a hidden test made of an answer."""
    return next((o for o in verdict.outcomes if o.test == test), None)


def mark(verdict: Verdict, test: str) -> Mark:
    """What a hidden test did to a wrong answer, as one of four marks."""
    outcome = outcome_of(verdict, test)
    if outcome is None:
        return "absent"
    if not failed(outcome):
        return "passed"
    said = outcome.finding.misconception if outcome.finding else None
    return "named" if said and said == verdict.solution.misconception else "caught"


def row(audit: ExerciseAudit, test: str) -> str:
    """One hidden test on all wrong answers, a character each."""
    return "".join(SIGNS[mark(v, test)] for v in audit.wrong)


def in_words(audit: ExerciseAudit) -> str:
    """The matrix in a few sentences: the text alternative of the picture."""
    parts = []
    for test in audit.tests:
        kills, alone = audit.kills(test.name), audit.alone(test.name)
        if not kills:
            parts.append(f"{test.name} catches nothing")
            continue
        words = f"{test.name} catches {len(kills)} of {len(audit.wrong)}"
        if alone:
            words += f", {len(alone)} of them alone"
        parts.append(words)
    return "; ".join(parts) + "." if parts else "No hidden tests."


def let_through(audit: ExerciseAudit) -> list[Verdict]:
    """Wrong answers that the notebook's visible check passes: what hidden tests are there for."""
    return [v for v in audit.wrong if v.check == "passed"]
