"""The Execute replacement: makes plain ``nbgrader autograde`` and the formgrader's button safe.

    c.Autograde.autograde_preprocessors = ["grader.glue.execute.SandboxedExecute", ...]

A subclass of nbgrader's Execute, so `c.Execute.timeout` and friends are obeyed; the cells run in a
box, hidden tests run here, and scores are written into the test cells before nbgrader reads them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from nbgrader.preprocessors import Execute
from traitlets import Bool

from grader.batch.worker import grade_task
from grader.engine.task import GradeTask, submission_seed
from grader.errors import NotGradable
from grader.glue.alone import alone
from grader.glue.intake import check_files
from grader.glue.results import write_result
from grader.glue.settings import Grading, course_key
from grader.result import GradedNotebook

NO_LIMIT = 1e6  # seconds of a cell; the submission's own limit still holds
PYTHON_KERNELS = {"python", "python2", "python3"}


class SandboxedExecute(Execute):
    """Execute a submission in a box and grade it with hidden pytest tests.

    Of ``c.Execute.*`` it obeys ``enabled``, ``timeout``, ``error_on_timeout`` and ``interrupt_on_timeout``
    (where that is False, the kernel of a cell that takes too long is ended).  Whatever chooses another kernel
    or other arguments for it has no effect: the box's kernel is Python.
    """

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

        Raises
        ------
        NotGradable
            If the notebook is for another kernel than Python, or a link was handed in.
        CourseError
            If ``grader autograde`` is at work on this course.
        """
        course = course_folder(self)
        place = resources["nbgrader"]
        self._refuse_links(place)
        path = (resources.get("metadata") or {}).get("path")
        folder = Path(path) if path else None
        task = self.task(nb, place, course, folder)
        with alone(course, shared=True):
            graded = grade_task(task)
        for event in graded.events:
            self.log.warning("%s: %s", task.student, event)
        write_result(course, task.assignment, task.student, task.notebook, graded)
        if folder is not None:
            keep_files(folder, graded.files)
        return fill(nb, graded), resources

    def task(self, nb: Any, place: dict[str, Any], course: Path, home: Path | None) -> GradeTask:
        """The grading task of a sanitized notebook; see `task_for`."""
        check_kernel(nb, place["student"])
        return task_for(
            Grading(parent=self, config=self.config),
            course,
            nb,
            place,
            home,
            timeout_error=dict(self.error_on_timeout),
            interrupt=bool(self.interrupt_on_timeout),
            cell_seconds=float(self.timeout) if self.timeout and self.timeout > 0 else NO_LIMIT,
        )

    def _refuse_links(self, place: dict[str, Any]) -> None:
        """nbgrader has copied what links point to, with our rights; it must not get into the box."""
        coursedir = getattr(getattr(self.parent, "parent", None), "coursedir", None)
        if coursedir is None:
            return
        folder = coursedir.format_path(coursedir.submitted_directory, place["student"], place["assignment"])
        if Path(folder).is_dir():
            check_files(Path(folder), place["student"])


def course_folder(preprocessor: Any) -> Path:
    """Root of the course that a preprocessor works for (nbgrader changes into it)."""
    coursedir = getattr(getattr(preprocessor.parent, "parent", None), "coursedir", None)
    return Path(coursedir.root if coursedir is not None else ".").resolve()


def task_for(
    settings: Grading,
    course: Path,
    nb: Any,
    place: dict[str, Any],
    home: Path | None,
    timeout_error: dict[str, Any] | None = None,
    interrupt: bool = True,
    **limits: Any,
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
    timeout_error, interrupt
        As in `GradeTask`.
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
        reveal=settings.reveal,
        parameters=dict(settings.parameters.get(place["assignment"], {})),
        limits=settings.limits_for(**limits),
        sandbox=settings.sandbox,
        timeout_error=timeout_error or {},
        interrupt=interrupt,
    )


def check_kernel(nb: Any, student: str) -> None:
    """Refuse a notebook of another language than the box's kernel speaks; raises `NotGradable`."""
    spec = nb.metadata.get("kernelspec") or {}
    name = spec.get("name") or "python3"
    if name in PYTHON_KERNELS:
        return
    try:
        language = KernelSpecManager().get_kernel_spec(name).language
    except (NoSuchKernel, ValueError):
        raise NotGradable(
            student, f"the notebook is for the kernel '{name}', which is not installed"
        ) from None
    if str(language).lower() not in PYTHON_KERNELS:
        raise NotGradable(
            student, f"the notebook is for the kernel '{name}' ({language}); only Python is graded"
        )


def keep_files(folder: Path, files: dict[str, bytes]) -> None:
    """Write what the cells wrote beside the graded notebook; what is there already stays as it is.

    Parameters
    ----------
    folder : Path
        Autograded folder (or one being built); holds no symbolic link.
    files : dict of str to bytes
        From `grader.engine.outputs.plain_files`.
    """
    for name, data in files.items():
        path = folder / name
        with contextlib.suppress(FileExistsError, NotADirectoryError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "xb") as file:
                file.write(data)


def content_of(nb: Any) -> bytes:
    """What a submission's digest and seed follow from: its cells' kinds and sources, in order."""
    cells = [[c["cell_type"], c["source"]] for c in nb["cells"]]
    return hashlib.sha256(json.dumps(cells).encode()).digest()


def fill(nb: Any, graded: GradedNotebook) -> Any:
    """The graded cells in the notebook object that nbgrader goes on with."""
    nb.cells = [nbformat.from_dict(c) for c in graded.nb["cells"]]
    return nb
