"""Save preprocessor: all scores of a notebook in one transaction.

nbgrader's SaveAutoGrades commits after each cell, so a kill in between leaves half a grade; here the
commit comes once, at the end.
"""

from __future__ import annotations

from typing import Any

from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades


class SaveScores(SaveAutoGrades):
    """Write the scores that the trusted side put into the test cells to the gradebook."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Save a notebook's scores."""
        place = resources["nbgrader"]
        self.notebook_id, self.assignment_id = place["notebook"], place["assignment"]
        self.student_id, self.db_url = place["student"], place["db_url"]
        with Gradebook(self.db_url) as self.gradebook:
            session = self.gradebook.db
            commit, session.registry().commit = session.registry().commit, session.flush
            try:
                nb, resources = super(SaveAutoGrades, self).preprocess(nb, resources)
            finally:
                session.registry().commit = commit
            commit()
        return nb, resources


__all__ = ["NbGraderPreprocessor", "SaveScores"]
