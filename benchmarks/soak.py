"""Hours of hostile and honest submissions through one engine: does anything stay behind?

    python -m benchmarks.soak [--minutes 120] [--jobs 2]

One course, one coordinator, one zygote and the same workers from beginning to end.  The class has right and wrong
solutions of mini_gpt part 1 and every trick of ``tests/hostile/tricks``, put into a released notebook.  It is graded
again and again, gradebook and folders included.  After each round nothing runs but the engine itself, and a census is
taken: processes, mounts, control groups, sockets, descriptors, files, memory.  What the first round left is the
measure for all others.  In every round the right answers must have full points, and no trick more than its wrong
answer.  Anything else ends the command with exit code 1.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell

from benchmarks.throughput import ASSIGNMENTS, ROOT, course

ASSIGNMENT = "mini_gpt"
NOTEBOOK = ASSIGNMENTS[ASSIGNMENT].notebook
HONEST = 24
WARM_ROUNDS = 2  # caches fill, workers are started
NONE = ("boxes", "control groups", "sockets of boxes")
GROWTH = 1.25  # of resident memory, last round against the first after the warm ones
OWN = "SOAK_BY_ITSELF"
SETTINGS = """
c.Execute.timeout = 5
c.Grading.limits = {"submission_seconds": 60.0, "call_seconds": 4.0, "memory_bytes": 700 << 20, "data_bytes": 2048 << 20}
"""


@dataclass
class Census:
    """What there is when nothing is being graded."""

    counts: dict[str, Any] = field(default_factory=dict)
    resident: dict[str, int] = field(default_factory=dict)

    def left_behind(self) -> list[str]:
        """What there must be none of, in words, whatever there was before."""
        return [f"{name}: {self.counts[name]}" for name in NONE if self.counts[name]]

    def grown(self, before: Census) -> list[str]:
        """What is more than before, in words."""
        more = []
        for name, value in self.counts.items():
            if value != before.counts[name]:
                more.append(f"{name}: {before.counts[name]} before, {value} now")
        for name, size in self.resident.items():
            old = before.resident.get(name, size)
            if size > GROWTH * old and size - old > 32 << 20:
                more.append(f"memory of {name}: {old >> 20} MiB before, {size >> 20} MiB now")
        return more


def main() -> None:
    """Run rounds until the time is over; print one line a round."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=120)
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    chosen = options.parse_args()
    by_ourselves()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        place = Path(folder) / "course"
        tempfile.tempdir = os.environ["TMPDIR"] = f"{folder}/tmp"  # ours alone: whatever stays in it is ours
        os.mkdir(tempfile.tempdir)
        wants = hand_in_class(place)
        failed = soak(place, wants, chosen.minutes * 60, chosen.jobs)
    sys.stdout.flush()
    os._exit(
        1 if failed else 0
    )  # at a usual end multiprocessing would look for its folder, which went with ours


def by_ourselves() -> None:
    """Where we are root, start again with a /dev/shm of our own: other programs leave things in it."""
    if os.geteuid() == 0 and not os.environ.get(OWN):
        mount = 'mount -t tmpfs tmpfs /dev/shm && exec "$@"'
        again = [sys.executable, "-m", "benchmarks.soak", *sys.argv[1:]]
        os.environ[OWN] = "1"
        os.execvp("unshare", ["unshare", "--mount", "sh", "-c", mount, "soak", *again])


# -- the class ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """The exercise that a student is judged by here, and at most how many points, or as many as whom."""

    exercise: str
    points: float | None = None  # exactly
    at_most: float | None = None
    no_more_than: str = ""  # a student with the same wrong answer and no trick


def hand_in_class(place: Path) -> dict[str, Wanted]:
    """Make the course; return what each student should get."""
    sys.path.insert(0, str(ROOT / "tests"))
    from hostile import submission

    course(place, 0, stock=False, short=False)
    with (place / "nbgrader_config.py").open("a") as file:
        file.write(SETTINGS)
    points = ASSIGNMENTS[ASSIGNMENT].points
    release = place / "release" / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    wants: dict[str, Wanted] = {}

    def hand_in(student: str, wrong: dict[str, str], trick: submission.Trick | None = None) -> None:
        nb = nbformat.read(release, as_version=4)
        for exercise in points:
            which = wrong.get(exercise, "right")
            cell(nb, exercise).source = submission.answer(exercise, which)
        if trick is not None:
            put_in(nb, trick, place)
        target = place / "submitted" / student / ASSIGNMENT
        shutil.copytree(place / "release" / ASSIGNMENT, target)
        nbformat.write(nb, target / f"{NOTEBOOK}.ipynb")

    for number in range(HONEST):
        exercise = list(points)[number % len(points)]
        hand_in(f"honest{number:02d}", {})
        wants[f"honest{number:02d}"] = Wanted(exercise, float(points[exercise]))
    for trick in submission.tricks():
        control = f"wrong_{trick.exercise}_{trick.wrong}"
        if control not in wants:
            hand_in(control, {trick.exercise: trick.wrong})
            wants[control] = Wanted(trick.exercise)
        name = trick.name.replace("/", "_")
        hand_in(name, {trick.exercise: trick.wrong}, trick)
        wants[name] = Wanted(trick.exercise, None, trick.worth, control if trick.worth is None else "")
    return wants


def cell(nb: Any, grade_id: str) -> Any:
    """The cell with that id."""
    return next(c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def put_in(nb: Any, trick: Any, place: Path) -> None:
    """Add a trick's cells to a student's notebook, where they belong."""
    known = {"HOST_PATHS": [str(place)], "HOST_PORT": 1, "HOST_SOCKET": "none", "TREASURES": [], "STOLEN": []}
    names = "\n".join(f"{k} = {v!r}" for k, v in known.items())
    at = nb.cells.index(cell(nb, trick.exercise))
    before = [names, *(s for p, s in trick.cells if p == "before")]
    wrap = [s for p, s in trick.cells if p == "wrap"]
    nb.cells[at + 1 : at + 1] = map(new_code_cell, wrap)
    nb.cells[at:at] = map(new_code_cell, before)
    nb.cells += [new_code_cell(s) for p, s in trick.cells if p == "after"]


# -- the rounds --------------------------------------------------------------------------------------------


def soak(place: Path, wants: dict[str, Wanted], seconds: float, jobs: int) -> bool:
    """Grade until the time is over; whether anything was wrong."""
    from grader.batch.local import LocalExecutor
    from grader.cli.course import open_course
    from grader.glue.classwide import ClassAutograde
    from grader.sandbox.zygote import Zygote

    began, rounds, graded, failed = time.monotonic(), 0, 0, False
    first: Census | None = None
    with contextlib.chdir(place), Zygote.start() as zygote:
        executor = LocalExecutor(jobs, lambda: zygote.address)
        while time.monotonic() - began < seconds:
            app = open_course(place)
            app.coursedir.assignment_id = ASSIGNMENT
            converter = ClassAutograde(coursedir=app.coursedir, parent=app)
            converter.force = True
            ended = list(converter.grade_class(executor, None, lambda n: None))
            rounds, graded = rounds + 1, graded + len(ended)
            wrong = list(misjudged(ended, wants))
            now = census(place, zygote)
            wrong += now.left_behind()
            if rounds > WARM_ROUNDS:
                assert first is not None
                wrong += now.grown(first)
            else:
                first = now
            minutes = (time.monotonic() - began) / 60
            memory = ", ".join(f"{name} {size >> 20}" for name, size in now.resident.items())
            print(
                f"round {rounds}, minute {minutes:.0f}: {graded} graded, MiB: {memory}; {'; '.join(wrong) or 'clean'}",
                flush=True,
            )
            failed = failed or bool(wrong)
        executor.close()
    if rounds <= WARM_ROUNDS:
        print(f"{rounds} rounds compare nothing: the first {WARM_ROUNDS} only warm up; give it more minutes")
        return True
    print(f"{graded} submissions in {rounds} rounds: {'something was wrong' if failed else 'clean'}")
    return failed


def misjudged(ended: list[Any], wants: dict[str, Wanted]) -> Iterator[str]:
    """Students whose points are not what they should be, in words."""
    reached = {e.student: {s.grade_id: s.score for g in e.graded.values() for s in g.scores} for e in ended}
    if set(reached) != set(wants):
        yield f"not graded: {sorted(set(wants) - set(reached))}"
    for e in ended:
        want = wants[e.student]
        cell_id = f"{want.exercise}_tests"
        score = reached[e.student].get(cell_id, 0.0)
        if want.points is not None and score != want.points:
            yield f"{e.student} has {score} of {want.points} ({e.how} {e.reason})"
        if want.at_most is not None and score > want.at_most:
            yield f"{e.student} has {score}, its answer is worth {want.at_most}"
        if want.no_more_than:
            allowed = reached.get(want.no_more_than, {}).get(cell_id)
            if allowed is None:
                yield f"{e.student} cannot be judged: {want.no_more_than} has no points"
            elif score > allowed:
                yield f"{e.student} has {score}, more than {want.no_more_than}"


# -- what is left ------------------------------------------------------------------------------------------


def census(place: Path, zygote: Any) -> Census:
    """Count everything that a submission could leave; waits a moment for what is just ending."""
    limit = time.monotonic() + 5
    while True:
        found = counted(place, zygote)
        if not found.counts["boxes"] or time.monotonic() > limit:
            return found
        time.sleep(0.1)


def counted(place: Path, zygote: Any) -> Census:
    """The census now."""
    run_folder = Path(zygote.layout.run)
    mine = descendants(os.getpid())
    boxes = descendants(zygote.pid) - {zygote.pid}
    made = sorted(str(p.relative_to(place)) for p in place.rglob("*"))
    counts = {
        "boxes": len(boxes),
        "processes": dict(sorted(Counter(map(program, mine)).items())),
        "mounts": lines("/proc/self/mounts"),
        "mounts of the zygote": lines(f"/proc/{zygote.pid}/mounts"),
        "control groups": len(
            [
                p
                for p in Path("/sys/fs/cgroup").glob(f"**/{run_folder.name}/*")
                if p.is_dir() and p.name != "zygote"
            ]
        ),
        "sockets of boxes": len(os.listdir(run_folder / "k")),
        "files of the zygote": len(list(run_folder.glob("*"))) + len(list((run_folder / "home").rglob("*"))),
        "files of the course": len(made),
        "temporary files": sorted(os.listdir(tempfile.gettempdir())),
        "shared memory": sorted(os.listdir("/dev/shm")),
        "descriptors": {
            name: sorted(descriptors(p) for p in mine if program(p) == name)
            for name in sorted(set(map(program, mine)))
        },
    }
    resident: dict[str, int] = {}
    for pid in sorted(mine):
        name = (
            "coordinator"
            if pid == os.getpid()
            else "zygote"
            if pid == zygote.pid
            else f"{program(pid)} {pid}"
        )
        resident[name] = resident_bytes(pid)
    return Census(counts, resident)


def descendants(root: int) -> set[int]:
    """A process and all below it."""
    parents: dict[int, int] = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            parents[int(entry)] = int(Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[1])
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def program(pid: int) -> str:
    """What a process is, by its command line."""
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        text = " ".join(words)
        for name in ("forkserver", "resource_tracker", "inside.zygote", "oracle", "soak"):
            if name in text:
                return name
        return Path(words[0]).name or "?"
    return "ended"


def descriptors(pid: int) -> int:
    """Open descriptors of a process."""
    with contextlib.suppress(OSError):
        return len(os.listdir(f"/proc/{pid}/fd"))
    return 0


def resident_bytes(pid: int) -> int:
    """Resident memory of a process."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
    return 0


def lines(path: str) -> int:
    """Lines of a file."""
    return len(Path(path).read_text().splitlines())


if __name__ == "__main__":
    main()
