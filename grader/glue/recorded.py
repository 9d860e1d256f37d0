"""What the gradebook holds of an assignment: whoever puts a backup of it back must get all grades again.

The results beside the gradebook say that a submission is graded, and from what.  They are believed only where the
gradebook agrees, to the point.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from nbgrader.api import Assignment, Grade, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import func, select
from sqlalchemy.orm import Session, scoped_session

PRECISION = 1e-6  # points
GRADEBOOK = "gradebook"  # that has changed, beside the parts of `grader.glue.digest`


def recorded_points(session: Session | scoped_session[Session], assignment: Assignment) -> dict[str, float]:
    """Automatic points of each student who has a submission in the gradebook.

    Parameters
    ----------
    session : Session
        Of the gradebook.
    assignment : nbgrader.api.Assignment

    Returns
    -------
    dict of str to float
        By student; one question for a whole class.
    """
    points = (
        select(SubmittedAssignment.student_id, func.coalesce(func.sum(Grade.auto_score), 0.0))
        .outerjoin(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .outerjoin(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .where(SubmittedAssignment.assignment_id == assignment.id)
        .group_by(SubmittedAssignment.student_id)
    )
    return {student: float(total) for student, total in session.execute(points)}


def is_recorded(result: Mapping[str, Any], points: float | None) -> bool:
    """Whether the gradebook holds what a result says.

    Parameters
    ----------
    result : mapping
        From `grader.glue.results.read_result`.
    points : float or None
        The student's automatic points there; None where the gradebook has no submission.
    """
    if points is None:
        return False
    scores = [s.get("score") or 0.0 for n in result.get("notebooks", {}).values() for s in n["scores"]]
    return math.isclose(sum(scores), points, abs_tol=PRECISION)
