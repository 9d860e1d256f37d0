"""Grades a class: nbgrader's own sanitize and save steps around tasks that run in parallel.

For each submission: look at what was handed in (`intake`), restore its cells (nbgrader's sanitize
preprocessors with ours), send the notebook away as a task, and when it comes back save the scores
(nbgrader's save preprocessors) and put the autograded folder in place by rename.  Only this process
touches the gradebook.  A submission that cannot be graded keeps whatever grade it had; the others
go on.  One run at a time works on a course: it holds a lock on ``.grader/lock``.

A run that is killed goes on at the next start: what is graded and unchanged (`grader.glue.digest`) is
left alone, what was being saved is graded again, and comes out the same, since its seed does.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import nbformat
import sqlalchemy.exc
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.utils import rmtree

from grader.batch import Executor
from grader.engine.task import GradeTask
from grader.errors import CourseError
from grader.glue.alone import alone
from grader.glue.chosen import chosen_settings
from grader.glue.digest import changed, course_digests, submission_digest
from grader.glue.execute import SandboxedExecute, keep_files
from grader.glue.intake import check_files, check_submission, handed_in
from grader.glue.lost_server import GradebookLost, patiently
from grader.glue.one_connection import Connection, one_connection
from grader.glue.reasons import gradebook_trouble, one_line, reason_of
from grader.glue.recorded import GRADEBOOK, is_recorded, recorded_points
from grader.glue.results import (
    AGAIN,
    read_result,
    write_again,
    write_not_graded,
    write_results,
    write_saving,
)
from grader.glue.save import SaveScores
from grader.glue.settings import STATE, Grading, course_key
from grader.result import GradedNotebook, without_contents

BUILD = f"{STATE}/build"
Value = TypeVar("Value")


@dataclass
class Submission:
    """A student's submission on its way through grading."""

    student: str
    folder: Path
    notebooks: dict[str, Any] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    graded: dict[str, GradedNotebook] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    again: tuple[str, ...] = ()
    failed: str = ""


@dataclass(frozen=True)
class Ended:
    """How a submission ended: graded, skipped (nothing new), or not graded and why.

    `graded` is without the notebooks' contents, which are in the course's folders.
    `again` names what had changed since it was graded before (`grader.glue.digest.PARTS`, the gradebook).
    """

    student: str
    how: str
    reason: str = ""
    graded: dict[str, GradedNotebook] = field(default_factory=dict)
    again: tuple[str, ...] = ()

    @property
    def needs_a_person(self) -> bool:
        """Whether somebody has to look."""
        return self.how == "not graded" or any(g.needs_a_person for g in self.graded.values())


class ClassAutograde(Autograde):
    """nbgrader's Autograde with the execution taken out, and done in parallel.

    Parameters
    ----------
    coursedir : CourseDirectory
    """

    _step = BUILD
    sources: Sequence[str] = ()  # of the assignment's cells, known once its grading has begun
    choose_device: Callable[[Sequence[str]], str] = staticmethod(lambda sources: "cpu")  # from those cells
    device = "cpu"
    recorded: Mapping[str, float]  # points in the gradebook, by student, when the run began
    connection: Connection  # to the gradebook, for the whole run

    @property
    def _output_directory(self) -> str:
        return self._step

    def grade_class(
        self, executor: Executor, students: set[str] | None, started: Callable[[int], None]
    ) -> Iterator[Ended]:
        """Grade all submissions of ``coursedir.assignment_id``; yield each as it ends.

        Parameters
        ----------
        executor : Executor
        students : set of str or None
            Only these; None for the whole class.
        started : callable
            Told the number of submissions before the first is graded.  With --force, from then on a run without
            --force goes on from where this one ends.

        Raises
        ------
        CourseError
            If nothing can be graded at all: no assignment, a broken gradebook, a full disk.
        """
        self.course = Path(self.coursedir.root).resolve()
        self.assignment = self.coursedir.assignment_id
        self.exporter = self.exporter_class(parent=self, config=self.config)
        self.execute = SandboxedExecute(parent=self.exporter)
        self.expected, self.digests = self._expected()
        course_key(self.course)
        self._require_one_disk()
        found = self._submissions(students)
        with alone(self.course), one_connection() as self.connection:
            self._clear_up()
            if self.force:
                self._note_again(found)
            started(len(found))
            try:
                yield from self._grade(executor, found)
            finally:
                self._clear_up()

    def _note_again(self, found: list[Submission]) -> None:
        """What --force asks for outlives a run that is stopped; until it is done the grades stand as they are."""
        try:
            for submission in found:
                write_again(self.course, self.assignment, submission.student)
        except OSError as error:
            raise CourseError(reason_of(error, self.coursedir.db_url)) from None

    def _grade(self, executor: Executor, found: list[Submission]) -> Iterator[Ended]:
        pending: dict[str, Submission] = {}
        ended: list[Ended] = []
        for task, result in executor.run(self._tasks(found, pending, ended)):
            while ended:
                yield ended.pop(0)
            done = self._collect(pending[task.student], task, result)
            if done is not None:
                del pending[task.student]
                if done.how == "graded":
                    self.connection.saved()
                yield done
        yield from ended

    def _require_one_disk(self) -> None:
        """Autograded folders are put in place by rename, which no system does between disks."""
        state, graded = self.course / STATE, self.course / self.coursedir.autograded_directory
        if state.is_dir() and graded.is_dir() and state.stat().st_dev != graded.stat().st_dev:
            raise CourseError(
                f"{graded.resolve()} lies on another disk than {state}: nothing could be put there at once; move it "
                "into the course's folder, or the whole course to that disk"
            )

    # -- before ------------------------------------------------------------------------------

    def _clear_up(self) -> None:
        """Remove what a run has left, this one or one that was killed; a folder just taken away comes back."""
        build = self.course / BUILD
        for old in build.glob("*/*.old"):
            dest = self._autograded(old.parent.name, old.stem)  # that run may have graded another assignment
            if not dest.exists():
                dest.parent.mkdir(parents=True, exist_ok=True)
                old.rename(dest)
        shutil.rmtree(build, ignore_errors=True)

    def _expected(self) -> tuple[set[str], dict[str, str]]:
        """Names of the assignment's notebooks, and digests of all that the class has in common."""
        settings = Grading(parent=self.execute, config=self.config)
        tests = settings.tests_for(self.assignment, self.course)
        try:
            with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
                assignment = gradebook.find_assignment(self.assignment)
                notebooks = {n.name for n in assignment.notebooks}
                root = settings.root_folder(self.course)
                self.sources = [str(c.source) for n in assignment.notebooks for c in n.source_cells]
                self.device = self.choose_device(self.sources)
                chosen = chosen_settings(settings, self.assignment, self, self.execute, self.device)
                source = self.coursedir.format_path(self.coursedir.source_directory, ".", self.assignment)
                digests = course_digests(
                    assignment, self.course / source, tests, root, settings.reference, chosen
                )
                self.recorded = recorded_points(gradebook.db, assignment)
        except MissingEntry:
            raise CourseError(
                f"assignment '{self.assignment}' is not in the gradebook; "
                f"run `nbgrader generate_assignment {self.assignment}` first"
            ) from None
        except (sqlalchemy.exc.SQLAlchemyError, sqlite3.Error) as error:
            raise CourseError(gradebook_trouble(self.coursedir.db_url, error)) from None
        if not notebooks:
            raise CourseError(f"assignment '{self.assignment}' has no notebook; generate it again")
        return notebooks, digests

    def _submissions(self, students: set[str] | None) -> list[Submission]:
        root = self.course / self.coursedir.submitted_directory
        found = [
            Submission(folder.name, folder / self.assignment)
            for folder in sorted(root.iterdir() if root.is_dir() else [])
            if not folder.name.startswith(".") and handed_in(folder / self.assignment)
        ]
        unknown = (students or set()) - {s.student for s in found}
        if unknown:
            raise CourseError(f"nothing was handed in for {self.assignment} by {', '.join(sorted(unknown))}")
        if not found:
            raise CourseError(
                f"nothing was handed in for {self.assignment} (looked in {root}/*/{self.assignment})"
            )
        return [s for s in found if students is None or s.student in students]

    def _tasks(
        self, found: list[Submission], pending: dict[str, Submission], ended: list[Ended]
    ) -> Iterator[GradeTask]:
        for submission in found:
            try:
                if not self._wanted(submission):
                    ended.append(Ended(submission.student, "already graded"))
                    continue
                tasks = self._patiently(partial(self._prepare, submission))
            except GradebookLost:
                raise
            except Exception as error:  # noqa: BLE001  one submission's trouble is never the class's
                ended.append(self._not_graded(submission, reason_of(error, self.coursedir.db_url)))
                continue
            pending[submission.student] = submission
            yield from tasks

    def _wanted(self, submission: Submission) -> bool:
        """Whether there is something to do: not graded yet, or graded from something else, or with --force."""
        check_files(submission.folder, submission.student)
        submission.digests = {"submission": submission_digest(submission.folder), **self.digests}
        result = read_result(self.course, self.assignment, submission.student)
        if forced := result.get("status") == AGAIN:
            result = result.get("earlier", {})
        elif result.get("status") != "graded":
            return True
        folder = self._autograded(submission.student)
        if not all((folder / f"{name}.ipynb").is_file() for name in result.get("notebooks", {})):
            return True
        submission.again = changed(result.get("digests", {}), submission.digests)
        if not submission.again and not is_recorded(result, self.recorded.get(submission.student)):
            submission.again = (GRADEBOOK,)
        return bool(forced or submission.again)

    def _patiently(self, step: Callable[[], Value]) -> Value:
        return patiently(step, self.coursedir.db_url, self.connection.renew)

    def _prepare(self, submission: Submission) -> list[GradeTask]:
        student = submission.student
        submission.notebooks = {**check_submission(submission.folder, student, self.expected)}
        build = self._built(student)
        shutil.rmtree(build, ignore_errors=True)
        build.mkdir(parents=True)
        self._sanitizing = True  # nbgrader's name for: read from submitted/, not from autograded/
        self.notebooks = [str(submission.folder / f"{n}.ipynb") for n in submission.notebooks]
        self.init_assignment(self.assignment, student)
        tasks = []
        for name in list(submission.notebooks):
            place = self._place(student, name)
            nb = self._sanitize(submission.notebooks[name], place)
            submission.notes[name] = place["nbgrader"]["notes"]
            submission.notebooks[name] = None  # a class of notebooks is large; the task has it now
            task = self.execute.task(nb, place["nbgrader"], self.course, build)
            tasks.append(replace(task, device=self.device))
        return tasks

    def _place(self, student: str, notebook: str) -> dict[str, Any]:
        return {
            "unique_key": notebook,
            "output_files_dir": f"{notebook}_files",
            "nbgrader": {
                "student": student,
                "assignment": self.assignment,
                "notebook": notebook,
                "db_url": self.coursedir.db_url,
            },
        }

    def _sanitize(self, nb: Any, place: dict[str, Any]) -> Any:
        self._sanitizing = True
        self._init_preprocessors()
        output, resources = self.exporter.from_notebook_node(nb, resources=place)
        place["nbgrader"]["notes"] = resources["nbgrader"].get("notes", [])  # the exporter works on a copy
        return nbformat.reads(output, as_version=4)

    # -- after -------------------------------------------------------------------------------

    def _collect(
        self, submission: Submission, task: GradeTask, result: GradedNotebook | Exception
    ) -> Ended | None:
        """Take a task's result; when it was the submission's last, save."""
        if isinstance(result, Exception):
            submission.failed = reason_of(result, self.coursedir.db_url)
            submission.graded[task.notebook] = GradedNotebook(nb={})
        else:
            result.events[:0] = submission.notes.get(task.notebook, [])
            submission.graded[task.notebook] = result
        if len(submission.graded) < len(submission.notebooks):
            return None
        if submission.failed:
            return self._not_graded(submission, submission.failed)
        try:
            write_saving(self.course, self.assignment, submission.student)
            for name, graded in submission.graded.items():
                self._patiently(partial(self._save, submission.student, name, graded))
            self.set_permissions(self.assignment, submission.student)
            self._put_in_place(submission.student)
            write_results(
                self.course, self.assignment, submission.student, submission.graded, submission.digests
            )
        except GradebookLost:
            raise
        except Exception as error:  # noqa: BLE001
            return self._not_graded(submission, reason_of(error, self.coursedir.db_url))
        told = {name: without_contents(graded) for name, graded in submission.graded.items()}
        submission.graded = {}  # on disk now; thousands of notebooks would fill the memory
        return Ended(submission.student, "graded", graded=told, again=submission.again)

    def _save(self, student: str, notebook: str, graded: GradedNotebook) -> None:
        self._sanitizing = False
        self.exporter._preprocessors = []
        path, written = self._built(student) / f"{notebook}.ipynb", ""

        def write(nb: Any, resources: Any) -> tuple[Any, Any]:
            nonlocal written
            written = nbformat.writes(nb)
            path.write_text(written, encoding="utf-8")
            keep_files(self._built(student), graded.files)
            return nb, resources

        for preprocessor in self.autograde_preprocessors:
            name = preprocessor if isinstance(preprocessor, str) else preprocessor.__name__
            if name.rpartition(".")[2] == SaveScores.__name__:
                self.exporter.register_preprocessor(write)  # what may fail comes before the gradebook
            if name.rpartition(".")[2] not in ("Execute", SandboxedExecute.__name__):
                self.exporter.register_preprocessor(preprocessor)
        nb = nbformat.from_dict(graded.nb)
        output, resources = self.exporter.from_notebook_node(nb, resources=self._place(student, notebook))
        if not written:
            write(nbformat.reads(output, as_version=4), resources)
        elif output != written:
            path.write_text(output, encoding="utf-8")

    def _put_in_place(self, student: str) -> None:
        """Swap the autograded folder by rename; the old one is removed after the new one stands."""
        dest, build = self._autograded(student), self._built(student)
        old = build.with_name(f"{build.name}.old")
        dest.parent.mkdir(parents=True, exist_ok=True)
        if dest.exists():
            dest.rename(old)
        build.rename(dest)
        if old.exists():
            rmtree(str(old))

    def _not_graded(self, submission: Submission, reason: str) -> Ended:
        reason = one_line(reason)
        shutil.rmtree(self._built(submission.student), ignore_errors=True)
        self.log.debug("%s is not graded: %s", submission.student, reason)
        try:
            write_not_graded(self.course, self.assignment, submission.student, reason)
        except OSError as error:
            reason = f"{reason} (and it could not be noted: {error.strerror})"
        return Ended(submission.student, "not graded", reason)

    def _built(self, student: str) -> Path:
        return (self.course / self._format_dest(self.assignment, student)).resolve()

    def _autograded(self, student: str, assignment: str = "") -> Path:
        assignment = assignment or self.assignment
        folder = self.coursedir.format_path(self.coursedir.autograded_directory, student, assignment)
        return (self.course / folder).resolve()
