"""The honest control of the hostile suite: a trick around a right answer scores in full.

So a trick is not merely punished for being there, unless it spoils its own answer (``lost``) or ends in any case
(``any``).  The other half, and what is looked for afterwards: `test_tricks`.
"""

from __future__ import annotations

import pytest

from .conftest import points
from .submission import POINTS, notebook
from .test_tricks import TRICKS, named


@pytest.mark.parametrize("trick", [t for t in TRICKS if t.honest != "any"], ids=named)
def test_a_trick_around_a_right_answer_is_not_punished_unless_it_spoils_it(bench, trick):
    full = POINTS[trick.exercise]
    done = bench.grade(notebook(trick, "right", **bench.host.names()), bench.suite, **trick.limits)
    score = points(done, trick.exercise)
    assert score == full if trick.honest == "full" else score < full


@pytest.mark.parametrize("exercise", POINTS)
def test_an_honest_student_gets_full_points(bench, exercise):
    assert bench.score(exercise, notebook(None, "right", exercise)) == POINTS[exercise]
