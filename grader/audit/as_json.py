"""An audit as plain values, for scripts and for figures in a README."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from grader.audit.matrix import mark
from grader.audit.report import AuditReport, ExerciseAudit, Verdict, figures


def as_json(report: AuditReport) -> dict[str, Any]:
    """Everything in the report, as values that JSON takes.

    Parameters
    ----------
    report : AuditReport
    """
    return {
        "figures": asdict(report.figures),
        "failed": report.failed,
        "seconds": round(report.seconds, 1),
        "boxed": report.boxed,
        "seed": report.seed,
        "assignments": list(report.assignments),
        "flaws": [{**asdict(f), "error": f.is_error} for f in report.flaws],
        "exercises": [_exercise(e) for e in report.exercises],
    }


def _exercise(audit: ExerciseAudit) -> dict[str, Any]:
    return {
        "assignment": audit.assignment,
        "exercise": audit.exercise,
        "notebook": audit.notebook,
        "points": audit.points,
        "figures": asdict(figures([audit])),
        "tests": [
            {
                "name": t.name,
                "points": round(audit.worth(t), 4),
                "catches": [v.solution.name for v in audit.kills(t.name)],
                "alone": [v.solution.name for v in audit.alone(t.name)],
            }
            for t in audit.tests
        ],
        "right": [_verdict(v) for v in audit.right],
        "wrong": [
            {
                **_verdict(v),
                "misconception": v.solution.misconception,
                "named": v.named,
                "told": v.told,
                "marks": {t.name: mark(v, t.name) for t in audit.tests},
            }
            for v in audit.wrong
        ],
    }


def _verdict(v: Verdict) -> dict[str, Any]:
    return {
        "name": v.solution.name,
        "remark": v.solution.remark,
        "score": v.score,
        "maximum": v.maximum,
        "full": v.full,
        "visible_check": v.check,
        "visible_check_said": v.check_said,
        "trouble": v.trouble,
        "seconds": round(v.seconds, 2),
        "messages": [
            {"test": o.test, "misconception": o.finding.misconception, "text": asdict(o.finding.text)}
            for o in v.outcomes
            if o.finding is not None
        ],
    }
