"""Grades the library of answers: one task an answer, as if each had been handed in.

What differs from grading a class is only the notebook, which is cut short (`shortened`), and that nothing is
written into a gradebook.  A test that is at fault, an answer whose given cells fail, a grading that breaks off
say nothing about the answer; they are told as trouble.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import nbformat

from grader.audit.collected import HiddenTest
from grader.audit.points import points_flaws
from grader.audit.report import ExerciseAudit, Flaw, Verdict
from grader.audit.shortened import ROLE, ShortNotebook, names_asked_for, names_in, solution_cells, test_cells
from grader.audit.solutions import Solution
from grader.engine.task import GradeTask, submission_seed
from grader.errors import CourseError
from grader.glue.settings import Grading
from grader.result import GradedNotebook


@dataclass
class AssignmentAudit:
    """An assignment on its way through an audit.

    Parameters
    ----------
    assignment : str
    settings : Grading
    course : Path
    source : Path
        Folder of its source notebooks and their files.
    solutions : list of Solution
    hidden : list of HiddenTest
    only : frozenset of str
        Exercises to try; all where empty.
    """

    assignment: str
    settings: Grading
    course: Path
    source: Path
    solutions: list[Solution]
    hidden: list[HiddenTest]
    only: frozenset[str] = frozenset()
    notebooks: dict[str, Any] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tests = self.settings.tests_for(self.assignment, self.course)
        for path in sorted(self.source.glob("*.ipynb")):
            self.notebooks[path.stem] = nbformat.read(path, as_version=4)
        if not self.notebooks:
            raise CourseError(f"there is no source notebook in {self.source}")

        self._all_answered = {s.exercise for s in self.solutions}
        if self.only:
            self.solutions = [s for s in self.solutions if s.exercise in self.only]

    def exercises(self) -> list[str]:
        """Exercises with answers, in the order of the notebooks; those in none of them last."""
        answered = list(dict.fromkeys(s.exercise for s in self.solutions))
        order = [e for nb in self.notebooks.values() for e in test_cells(nb)]
        return sorted(answered, key=lambda e: order.index(e) if e in order else len(order))

    def flaws(self) -> list[Flaw]:
        """What is wrong with the assignment before any answer is graded."""
        answered = set(self.exercises())
        found = points_flaws(self.assignment, self.notebooks, self.hidden, self._all_answered)
        if self.only:
            found = [f for f in found if f.exercise in self.only]
        tested = {t.exercise for t in self.hidden}
        for exercise in sorted(answered - tested):
            n = sum(s.exercise == exercise for s in self.solutions)
            found.append(
                Flaw(
                    "unproved", self.assignment, exercise, f"has no hidden tests; {n} answers were not tried"
                )
            )
        return found

    def tasks(self, files: Path, seed: str) -> Iterator[GradeTask]:
        """A task for each answer whose exercise has hidden tests.

        Parameters
        ----------
        files : Path
            Empty folder, for the files that lie beside the source notebooks.
        seed : str
            Seed of all hidden inputs; another one tries others.
        """
        _copy_files(self.source, files)
        asked_for = names_asked_for(self.tests) if self.tests else set()
        tested = {t.exercise for t in self.hidden}
        for exercise in self.exercises():
            answers = [s for s in self.solutions if s.exercise == exercise]
            if exercise not in tested:
                continue
            name = self.notebook_of(exercise)
            if name is None:
                for s in answers:
                    text = f"no source notebook has the cells {exercise} and {exercise}_tests"
                    self.verdicts[s.key] = Verdict(s, 0.0, 0.0, trouble=text)
                continue
            read = set().union(*(n.reads for n in (names_in(s.source) for s in answers) if n))
            short = ShortNotebook(self.notebooks[name], exercise, asked_for | read, self.settings.language)
            for s in answers:
                yield self._task(s, name, short.with_answer(s.source), files, seed)

    def number_of_tasks(self) -> int:
        """How many answers `tasks` will hand out."""
        tested = {t.exercise for t in self.hidden}
        return sum(s.exercise in tested and self.notebook_of(s.exercise) is not None for s in self.solutions)

    def notebook_of(self, exercise: str) -> str | None:
        """Name of the notebook with this exercise's solution cell and test cell."""
        for name, nb in self.notebooks.items():
            if exercise in solution_cells(nb) and exercise in test_cells(nb):
                return name
        return None

    def _task(self, s: Solution, notebook: str, nb: dict[str, Any], files: Path, seed: str) -> GradeTask:
        secret = submission_seed(seed.encode(), self.assignment, notebook, s.key, s.source.encode())
        return GradeTask(
            student=s.key,
            assignment=self.assignment,
            notebook=notebook,
            nb=nb,
            home=str(files),
            tests=str(self.tests),
            root=str(self.settings.root_folder(self.course)),
            seed=secret,
            language=self.settings.language,
            reveal=self.settings.reveal,
            parameters=dict(self.settings.parameters.get(self.assignment, {})),
            limits=self.settings.limits_for(),
            sandbox=self.settings.sandbox,
        )

    def judge(self, task: GradeTask, result: GradedNotebook | Exception) -> Verdict:
        """Read and keep what came back for a task."""
        solution = next(s for s in self.solutions if s.key == task.student)
        verdict = verdict_of(solution, result)
        self.verdicts[solution.key] = verdict
        return verdict

    def audited(self) -> list[ExerciseAudit]:
        """All exercises that were tried."""
        made = []
        for exercise in self.exercises():
            found = [v for s in self.solutions if s.exercise == exercise and (v := self.verdicts.get(s.key))]
            if not found:
                continue
            made.append(
                ExerciseAudit(
                    self.assignment,
                    exercise,
                    self.notebook_of(exercise) or "",
                    tuple(t for t in self.hidden if t.exercise == exercise),
                    tuple(v for v in found if v.solution.kind == "right"),
                    tuple(v for v in found if v.solution.kind == "wrong"),
                )
            )
        return made


def verdict_of(solution: Solution, result: GradedNotebook | Exception) -> Verdict:
    """What a graded notebook says about its answer.

    Parameters
    ----------
    solution : Solution
    result : GradedNotebook or Exception
        An exception where grading failed on our side.
    """
    if isinstance(result, Exception):
        return Verdict(solution, 0.0, 0.0, trouble=f"not graded: {type(result).__name__}: {result}"[:300])
    score = next(iter(result.scores))
    exercise = next((e for e in result.exercises if e.exercise == solution.exercise), None)
    outcomes = exercise.outcomes if exercise is not None else ()
    trouble = ""
    if not outcomes:
        trouble = "; ".join(result.events) or "its hidden tests did not run"
    elif exercise is not None and exercise.internal:
        fault = exercise.internal[0]
        last = fault.finding.detail.strip().split("\n")[-1] if fault.finding else ""
        trouble = f"hidden test {fault.test} is at fault: {last}"
    for cell in result.nb["cells"]:
        if cell["metadata"].get(ROLE) == "given" and (error := _error(cell)) and not trouble:
            first = cell["source"].strip().split("\n")[0][:60]
            trouble = f"the given cell `{first}` failed: {error}"
    check, said = _visible_check(result)
    seconds = sum(result.timings.values())
    return Verdict(solution, score.score, score.max_score, outcomes, check, said, trouble, seconds)


def _visible_check(result: GradedNotebook) -> tuple[Literal["passed", "failed", "absent", "not run"], str]:
    cell = next((c for c in result.nb["cells"] if c["metadata"].get(ROLE) == "check"), None)
    if cell is None:
        return "absent", ""
    error = _error(cell)
    if error:
        return "failed", error
    if any(o.get("text", "").startswith("[the kernel died") for o in cell["outputs"]):
        return "failed", "the kernel died in the visible check"
    return ("passed", "") if cell.get("execution_count") is not None else ("not run", "")


def _error(cell: Any) -> str:
    """The error that a cell ended with, in one line."""
    found = next((o for o in cell["outputs"] if o["output_type"] == "error"), None)
    if found is None:
        return ""
    said = str(found.get("evalue", "")).strip().split("\n")[0]
    return f"{found.get('ename', '')}: {said}".removesuffix(": ")[:300]


def _copy_files(source: Path, to: Path) -> None:
    """What lies beside the source notebooks, without notebooks: they hold the solutions."""
    for path in sorted(source.rglob("*")):
        inside = path.relative_to(source)
        if not path.is_file() or path.suffix == ".ipynb" or any(p.startswith(".") for p in inside.parts):
            continue
        (to / inside).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to / inside)
