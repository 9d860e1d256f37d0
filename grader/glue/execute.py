"""The Execute replacement: makes plain ``nbgrader autograde`` and the formgrader's button safe.

    c.Autograde.autograde_preprocessors = ["grader.glue.execute.SandboxedExecute", ...]

A subclass of nbgrader's Execute, so `c.Execute.timeout` and friends are obeyed; the cells run in a
box, hidden tests run here, and scores are written into the test cells before nbgrader reads them.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.preprocessors import Execute
from traitlets import Bool

from grader.batch.worker import grade_task
from grader.engine.task import GradeTask, submission_seed
from grader.glue.results import write_result
from grader.glue.settings import Grading, course_key
from grader.result import GradedNotebook


class SandboxedExecute(Execute):
    """Execute a submission in a box and grade it with hidden pytest tests."""

    enabled = Bool(True, help="Whether to execute submissions.").tag(config=True)

    def preprocess(self, nb: Any, resources: Any, km: Any = None) -> tuple[Any, Any]:
        """Run and grade one notebook.

        Parameters
        ----------
        nb : NotebookNode
            Sanitized: locked cells and points restored.
        resources : dict
            nbgrader's; names student, assignment and notebook.
        km : ignored
            The kernel is always one of the sandbox's.
        """
        course = course_folder(self)
        folder = (resources.get("metadata") or {}).get("path")
        task = task_for(
            Grading(parent=self, config=self.config),
            course,
            nb,
            resources["nbgrader"],
            Path(folder) if folder else None,
            cell_seconds=float(self.timeout) if self.timeout and self.timeout > 0 else 3600.0,
        )
        graded = grade_task(task)
        for event in graded.events:
            self.log.warning("%s: %s", task.student, event)
        write_result(course, task.assignment, task.student, task.notebook, graded)
        return fill(nb, graded), resources


def course_folder(preprocessor: Any) -> Path:
    """Root of the course that a preprocessor works for (nbgrader changes into it)."""
    coursedir = getattr(getattr(preprocessor.parent, "parent", None), "coursedir", None)
    return Path(coursedir.root if coursedir is not None else ".").resolve()


def task_for(
    settings: Grading, course: Path, nb: Any, place: dict[str, str], home: Path | None, **limits: Any
) -> GradeTask:
    """The grading task of a sanitized notebook.

    Parameters
    ----------
    settings : Grading
    course : Path
    nb : NotebookNode
    place : dict
        nbgrader's names: student, assignment, notebook.
    home : Path or None
        Folder with the files that go into the box.
    **limits
        Limits that hold where the course sets none.
    """
    names = {k: place[k] for k in ("student", "assignment", "notebook")}
    tests = settings.tests_for(place["assignment"], course)
    return GradeTask(
        **names,
        nb=nb,
        home=str(home.resolve()) if home else None,
        tests=str(tests) if tests else None,
        root=str(settings.root_folder(course)),
        seed=submission_seed(course_key(course), **names, content=content_of(nb)),
        language=settings.language,
        parameters=dict(settings.parameters.get(place["assignment"], {})),
        limits=settings.limits_for(**limits),
        sandbox=settings.sandbox,
    )


def content_of(nb: Any) -> bytes:
    """What a submission's digest and seed follow from: its cells' kinds and sources, in order."""
    cells = [[c["cell_type"], c["source"]] for c in nb["cells"]]
    return hashlib.sha256(json.dumps(cells).encode()).digest()


def fill(nb: Any, graded: GradedNotebook) -> Any:
    """The graded cells in the notebook object that nbgrader goes on with."""
    nb.cells = [nbformat.from_dict(c) for c in graded.nb["cells"]]
    return nb
