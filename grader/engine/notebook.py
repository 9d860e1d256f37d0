"""Grades one notebook: the whole of DESIGN's "how a submission is graded", steps 2 and 3.

Cells run in order in a box.  At a test cell whose exercise has hidden tests, the cell itself does
not run: pytest runs here, on the trusted side, against the live namespace, and the cell's outputs
become the score and the feedback.  A test cell without hidden tests runs in the box as in plain
nbgrader, and its score is written explicitly.  A kernel that dies is replaced by a fresh one, with
the cells before it run again but for the culprit, so that one bad cell costs one exercise.

A kernel that was killed with SIGKILL, neither by us nor for a limit, may have been killed by its own code or
by a machine that has no memory left.  So the submission is graded once more from the start, with the same
seed.  Killed again, it has done it itself, unless the box was certainly killed from outside: then a person is told.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any

import nbformat
from jupyter_core.utils import run_sync
from nbformat import NotebookNode

from grader.bridge import NoAnswer, StudentError
from grader.engine.card_trouble import SENTENCE, errors_of, is_broken, is_full, says_broken, says_full, told
from grader.engine.feedback import message_output, number_output, score_outputs
from grader.engine.outputs import MAX_FILES, MAX_FILES_BYTES, plain_files, printable
from grader.engine.parameters import inject
from grader.engine.runner import CellEnd, GradingKernel
from grader.engine.score import better, is_score, plain_score, points_for
from grader.engine.task import GradeTask
from grader.errors import NotGradable, SandboxError, ZygoteLost
from grader.limits import Limits
from grader.pytest_plugin.suite import Suite
from grader.result import CellScore, ExerciseResult, GradedNotebook
from grader.sandbox.card_watch import CAUSE
from grader.sandbox.cards import with_driver
from grader.sandbox.running import KernelStartError
from grader.wire import Stub

MAX_KERNELS = 6
DEVICE_NAME = "device"  # in which PyTorch notebooks keep where their tensors go
KILLED_TWICE = "its kernel was killed twice, and not by its own code"
ADVICE = "see whether the machine has enough memory (fewer --jobs need less), then run the same command again"


class _Killed(Exception):
    """A kernel was killed; `killer` as in `Death.killer`, or ``"start"`` where it never ran."""

    def __init__(self, killer: str, event: str) -> None:
        super().__init__(event)
        self.killer, self.event = killer, event


def grade(task: GradeTask, suite: Suite | None) -> GradedNotebook:
    """Grade one notebook.

    Parameters
    ----------
    task : GradeTask
    suite : Suite or None
        The assignment's hidden tests.

    Returns
    -------
    GradedNotebook

    Raises
    ------
    SandboxError, KernelStartError
        If no box can be had, or it went away under the submission; then nothing was graded.
    NotGradable
        If it was killed twice, not by its own code.
    """
    try:
        graded: GradedNotebook = run_sync(_Grading(task, suite).run)()
        return graded
    except _Killed as killed:
        first = killed
    except KernelStartError as error:
        first = _Killed("start", f"its kernel did not start ({' '.join(str(error).split())[:200]})")
    try:
        graded = run_sync(_Grading(task, suite, first.killer).run)()
    except _Killed:
        raise NotGradable(task.student, KILLED_TWICE, ADVICE) from None
    graded.events.insert(0, f"{first.event}; it was graded once more from the start")
    return graded


class _Grading:
    """State of one grading: the notebook, the kernel of the moment, who killed earlier ones.

    `before` says who killed a kernel of this submission in an earlier grading (`_Killed`); empty in the first.
    """

    def __init__(self, task: GradeTask, suite: Suite | None, before: str = "") -> None:
        self.task, self.suite, self.before = task, suite, before
        self.nb: NotebookNode = nbformat.from_dict(inject(task.nb, task.parameters))
        self.out = GradedNotebook(nb={})
        self.results: dict[str, ExerciseResult] = {}
        self.culprits: set[int] = set()
        self.kernels = 0
        self.deadline = time.monotonic() + task.limits.submission_seconds
        self.kernel: GradingKernel | None = None
        # Whether each call to the card waits for its end, so that an error is told where it arose.
        self.step_by_step = False

    async def run(self) -> GradedNotebook:
        try:
            for index, cell in enumerate(self.nb.cells):
                if cell.cell_type != "code":
                    continue
                exercise = self._exercise(cell)
                if exercise is not None:
                    await self._test(index, cell, exercise)
                elif is_test(cell):
                    await self._plain_test(index, cell)
                elif cell.source.strip():
                    await self._run_cell(index)
            await self._keep_files()
            await self._refuse_if_taken("at the end")
        finally:
            if self.kernel is not None:
                await self.kernel.stop()
        self.out.nb = self.nb
        self.out.exercises = list(self.results.values())
        return self.out

    def _exercise(self, cell: Any) -> str | None:
        """Exercise whose hidden tests belong to this test cell."""
        if self.suite is None or not is_test(cell):
            return None
        name = str(cell.metadata.nbgrader.get("grade_id", "")).removesuffix("_tests")
        return name if name in self.suite else None

    async def _alive(self, before: int) -> bool:
        """Make sure there is a kernel that has run the cells before `before`."""
        while self.kernel is None or not await self.kernel.alive():
            await self._refuse_if_taken("between two cells")
            if self.kernel is not None:
                await self.kernel.stop()
                self.kernel = None
            left = self.deadline - time.monotonic()
            if left <= 1:
                self._say("the submission's time is used up")
                return False
            if self.kernels >= MAX_KERNELS:
                self._say(f"{MAX_KERNELS} kernels died; no further one is started")
                return False
            await self._start(left)
            if not await self._replay(before):
                continue
        return True

    async def _refuse_if_taken(self, where: str) -> None:
        """A kernel that died with the zygote, or was killed, says nothing about the submission: there is no result.

        Only where nobody knows who killed it, and that for the second time, is it the submission's own doing.
        """
        if self.kernel is None or await self.kernel.alive():
            return
        if self.kernel.zygote_lost():
            raise ZygoteLost("the process that forks kernels has gone")
        killer = self.kernel.killer()
        if killer and not (killer == "unknown" and self.before in ("unknown", "start")):
            raise _Killed(killer, f"its kernel was killed {where}, maybe by the machine")

    async def _start(self, left: float) -> None:
        if self.task.device != "cpu" and self.task.share is None:
            raise SandboxError("it is to be graded on a graphics card, and was given none")
        limits = Limits(**{**self.task.limits.__dict__, "submission_seconds": left})
        limits = with_driver(limits) if self.task.share else limits
        self.kernels += 1
        began = time.monotonic()
        home = Path(self.task.home) if self.task.home else None
        env = {"NBGRADER_EXECUTION": "autograde"}
        if self.step_by_step:
            env["CUDA_LAUNCH_BLOCKING"] = "1"
        task = self.task
        self.kernel = GradingKernel(
            self.nb, limits, task.sandbox, home, env, task.timeout_error, task.interrupt, task.share
        )
        try:
            await self.kernel.start()
        except Exception:
            await self._refuse_if_taken("at its start")
            raise
        self._spend("start", began)

    async def _replay(self, before: int) -> bool:
        """Run the cells before `before` in a fresh kernel; False if it died again."""
        if self.kernels == 1:
            return True
        for index, cell in enumerate(self.nb.cells[:before]):
            skip = (
                index in self.culprits or cell.cell_type != "code" or is_test(cell) or not cell.source.strip()
            )
            if not skip and (await self._execute(index)).how == "died":
                return False
        return True

    async def _run_cell(self, index: int) -> CellEnd:
        if not await self._alive(index):
            return CellEnd("died", "no kernel")
        return await self._execute(index)

    async def _execute(self, index: int) -> CellEnd:
        assert self.kernel is not None
        began = time.monotonic()
        end = await self.kernel.run(index)
        self._spend("cells", began)
        if end.how == "timeout":
            limit = self.task.limits.cell_seconds
            self._say(f"cell {index + 1} took more than {limit:g} s and was interrupted")
        if end.how == "error" and self.task.share is not None:
            errors = errors_of(self.nb.cells[index].outputs)
            if any(is_full(*error) for error in errors):
                self._card_is_full(f"cell {index + 1}")
            if any(is_broken(text) for _, text in errors):
                # Nothing that this kernel asks of the card will work any more: as good as dead.
                await self.kernel.stop()
                if not self.step_by_step:  # the fault may lie in an earlier cell: look where
                    self.step_by_step = True
                    return await self._run_cell(index)
                end = CellEnd("died", "a CUDA error broke its use of the card")
        if end.how == "died":
            await self._refuse_if_taken(f"in cell {index + 1}")
            self.culprits.add(index)
            self._say(f"the kernel died in cell {index + 1} ({end.reason or 'unknown reason'})")
            text = f"[the kernel died in this cell: {end.reason or 'unknown reason'}]"
            if end.reason == CAUSE:
                self._card_is_full(f"cell {index + 1}")
                text += f"\n[{SENTENCE[self.task.language]}]"
            self.nb.cells[index].outputs.append(
                NotebookNode(output_type="stream", name="stderr", text=printable(text))
            )
        return end

    async def _test(self, index: int, cell: Any, exercise: str) -> None:
        assert self.suite is not None
        result = ExerciseResult(exercise, ())
        maximum = float(cell.metadata.nbgrader.get("points", 0))
        if await self._alive(index):
            began = time.monotonic()
            result = self._hidden_tests(exercise)
            self._spend("tests", began)
            assert self.kernel is not None
            alive = await self.kernel.alive()
            if self.task.share is not None:
                result = told(result, "" if alive else self.kernel.death())
                if says_full(result):
                    self._card_is_full(f"a test of {exercise}")
                if alive and says_broken(result):
                    await self.kernel.stop()
            if not alive:
                await self._refuse_if_taken(f"during the tests of {exercise}")
                self._say(
                    f"the kernel died during the tests of {exercise} ({self.kernel.death() or 'unknown reason'})"
                )
        self.results[exercise] = result
        score = points_for(result.fraction, maximum)
        self.out.scores.append(CellScore(cell.metadata.nbgrader["grade_id"], score, maximum))
        cell.outputs = [NotebookNode(o) for o in self._feedback(result, score, maximum)]
        if not result.outcomes:
            cell.outputs.append(NotebookNode(message_output("\n".join(self.out.events[-3:]))))
        cell.execution_count = None

    def _feedback(self, result: ExerciseResult, score: float, maximum: float) -> list[dict[str, Any]]:
        return score_outputs(result, score, maximum, self.task.language, self.task.reveal)

    def _hidden_tests(self, exercise: str) -> ExerciseResult:
        """Run an exercise's tests on the CPU, and what fails there on the card as well, where there is one.

        Points must not follow from the machine: whatever passes on the CPU is right, also where the notebook
        has put its `device` on a card.  What was made for the card alone (a tensor kept there since its cell
        ran) may be right, too.
        """
        if self.task.device == "cpu":
            return self._tests_on(exercise, "cpu", {})
        assert self.kernel is not None and self.kernel.student is not None
        given = {}
        with contextlib.suppress(NoAnswer, StudentError):  # a dead kernel: the tests will say so
            if self.kernel.student.kind(DEVICE_NAME) == "value":
                given[DEVICE_NAME] = Stub("device", {"name": "cpu"})
        on_cpu = self._tests_on(exercise, "cpu", given)
        if on_cpu.fraction == 1:
            return on_cpu
        return better(on_cpu, self._tests_on(exercise, self.task.device, {}))

    def _tests_on(self, exercise: str, device: str, given: dict[str, Stub]) -> ExerciseResult:
        """Run an exercise's tests; where an earlier exercise failed, with a right version of it first."""
        assert self.suite is not None and self.kernel is not None and self.kernel.student is not None
        student, task = self.kernel.student, self.task
        relied = self.suite.relies_on(exercise)
        # Only what is graded already: a test cell that was moved down must not be answered by its stand-in.
        failed = {n: s for n, s in relied.items() if n in self.results and self.results[n].fraction < 1}
        if not failed:
            return self.suite.run(exercise, student, task.seed, device, given=given)
        helped = self.suite.run(exercise, student, task.seed, device, stand_ins=failed, given=given)
        if helped.fraction == 1:
            return helped
        # Its own version may be what it needs (a mask that is wrong alone and right in its place).
        return better(helped, self.suite.run(exercise, student, task.seed, device, given=given))

    async def _plain_test(self, index: int, cell: Any) -> None:
        """A test cell of plain nbgrader: it runs in the box, the score is written here."""
        maximum = float(cell.metadata.nbgrader.get("points", 0))
        end = await self._run_cell(index)
        shown = next((o for o in cell.outputs if o.output_type == "execute_result"), None)
        if end.how != "ok" or maximum <= 0:
            score = 0.0
        elif shown is None:
            score = maximum  # ran to its end and showed nothing: nbgrader's "all asserts passed"
        else:
            value = shown.data.get("text/plain")
            score = plain_score(value, maximum)
            if not is_score(value, maximum):
                name = cell.metadata.nbgrader.get("grade_id", "")
                self._say(
                    f"{name} ended with {str(value)[:40]!r}, which is no score from 0 to {maximum:g}: 0 points"
                )
        self.out.scores.append(CellScore(cell.metadata.nbgrader.get("grade_id", ""), score, maximum))
        # nbgrader reads the first decisive output, and takes a cell without one for a full success.
        rest = [o for o in cell.outputs if o.output_type != "execute_result"]
        cell.outputs = [NotebookNode(number_output(score)), *rest]

    async def _keep_files(self) -> None:
        """Ask for the files that the cells wrote: a plain nbgrader course finds them beside the notebook."""
        if self.kernel is None or self.kernel.student is None or not await self.kernel.alive():
            return
        folder = Path(self.task.home) if self.task.home else None
        known = [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()] if folder else []
        with contextlib.suppress(NoAnswer, StudentError):  # no files, then
            answer = self.kernel.student.procedure(
                "made_files", known=known, count=MAX_FILES, size=MAX_FILES_BYTES
            )
            self.out.files = plain_files(answer.value)

    def _card_is_full(self, where: str) -> None:
        self.out.card_full = True
        self._say(f"{where} ran out of GPU memory")

    def _say(self, event: str) -> None:
        if event not in self.out.events:
            self.out.events.append(event)

    def _spend(self, stage: str, began: float) -> None:
        self.out.timings[stage] = self.out.timings.get(stage, 0.0) + time.monotonic() - began


def is_test(cell: Any) -> bool:
    """Whether a cell is graded automatically: a grade cell that is not the student's to write."""
    metadata = cell.metadata.get("nbgrader", {})
    return bool(metadata.get("grade")) and not metadata.get("solution") and cell.cell_type == "code"
