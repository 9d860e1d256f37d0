"""What the hostile suite stands on: one warm process, the real hidden tests, a host worth robbing."""

from __future__ import annotations

import hashlib
import os
import resource
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.engine.appetite import GROWTH, resident_bytes
from grader.engine.notebook import grade
from grader.engine.task import GradeTask
from grader.inside.group import processes_below
from grader.limits import Limits
from grader.pytest_plugin.suite import Suite
from grader.result import GradedNotebook
from grader.sandbox.zygote import ADDRESS_VARIABLE, Zygote

from . import submission
from .submission import ASSIGNMENT, LIMITS, NOTEBOOK, ROOT, SEED, Trick


@pytest.fixture(scope="session")
def hostile_zygote() -> Iterator[Zygote]:
    """A warm process for all boxes of this suite."""
    before = os.environ.get(ADDRESS_VARIABLE)
    with Zygote.start() as zygote:
        os.environ[ADDRESS_VARIABLE] = zygote.address
        yield zygote
        if before is None:
            os.environ.pop(ADDRESS_VARIABLE, None)
        else:
            os.environ[ADDRESS_VARIABLE] = before


@dataclass
class Host:
    """The machine that students should not reach: a course folder, a TCP port, an abstract socket."""

    folder: Path
    tcp: socket.socket
    abstract: socket.socket
    digest: str = ""

    def names(self) -> dict[str, Any]:
        """What a student may know about it."""
        return {
            "HOST_PATHS": [str(self.folder), str(ROOT)],
            "HOST_PORT": self.tcp.getsockname()[1],
            "HOST_SOCKET": self.abstract.getsockname()[1:].decode(),
        }

    def untouched(self) -> bool:
        """Whether nobody called and no file changed."""
        for listener in (self.tcp, self.abstract):
            try:
                listener.accept()
            except BlockingIOError:
                continue
            return False
        made = [*Path("/tmp").glob("autoregrade-hostile*"), *ROOT.glob("autoregrade-hostile*")]
        return not made and digest(self.folder) == self.digest


def digest(folder: Path) -> str:
    """Names, kinds and contents of everything below a folder."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        kind = path.lstat()
        total.update(f"{path.relative_to(folder)} {kind.st_mode} {kind.st_nlink}".encode())
        if path.is_file() and not path.is_symlink():
            total.update(path.read_bytes())
    return total.hexdigest()


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A course beside the box: its folder is readable for everybody, so that only the box protects it."""
    folder = tmp_path_factory.mktemp("course")
    for name in ("gradebook.db", ".grader/key", "submitted/other/mini_gpt/part1_from_scratch.ipynb"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{SEED.decode()} {name}")
    for path in [folder, *folder.parents]:
        if path.is_relative_to("/tmp") and path != Path("/tmp"):
            path.chmod(0o777)
    for path in folder.rglob("*"):
        path.chmod(0o777)
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as abstract:
        tcp.bind(("127.0.0.1", 0))
        abstract.bind(f"\0autoregrade-hostile-{os.getpid()}")
        for listener in (tcp, abstract):
            listener.listen()
            listener.setblocking(False)
        yield Host(folder, tcp, abstract, digest(folder))


@dataclass
class Bench:
    """Grades notebooks as a worker does, and counts what is left afterwards."""

    zygote: Zygote
    suite: Suite
    host: Host
    worth: dict[tuple[str, str], float] = field(default_factory=dict)

    def grade(self, nb: Any, suite: Suite | None, **limits: Any) -> GradedNotebook:
        """Grade a notebook; assert that it took no longer than it may and left nothing behind."""
        task = GradeTask(
            "student",
            ASSIGNMENT,
            NOTEBOOK,
            nb,
            home=str(submission.SOURCE),
            root=str(ROOT),
            seed=SEED,
            limits=Limits(**{**LIMITS, **limits}),
        )
        began, before = time.monotonic(), resident_bytes()
        done = grade(task, suite)
        assert time.monotonic() - began < task.limits.submission_seconds + 15
        assert self.leftovers() == []
        assert self.host.untouched()
        assert resident_bytes() - before < GROWTH
        return done

    def score(self, exercise: str, nb: Any, **limits: Any) -> float:
        """Points of one exercise."""
        return points(self.grade(nb, self.suite, **limits), exercise)

    def worth_of(self, trick: Trick) -> float:
        """What the wrong answer is worth without the trick: the wrong-but-harmless control."""
        if trick.worth is not None:
            return trick.worth
        key = (trick.exercise, trick.wrong)
        if key not in self.worth:
            nb = submission.notebook(None, trick.wrong, trick.exercise, **self.host.names())
            self.worth[key] = self.score(trick.exercise, nb)
        return self.worth[key]

    def leftovers(self) -> list[str]:
        """Processes, sockets and control groups of boxes that should be gone."""
        limit = time.monotonic() + 3
        while True:
            left = self._left()
            if not left or time.monotonic() > limit:
                return left
            time.sleep(0.02)

    def _left(self) -> list[str]:
        run, pid = Path(self.zygote.layout.run), self.zygote.pid
        groups = [
            g for g in Path("/sys/fs/cgroup").glob(f"*/{run.name}/*") if g.is_dir() and g.name != "zygote"
        ]
        assert pid is not None
        processes = [str(p) for p in processes_below([pid]) - {pid}]
        mounts = [m for m in Path("/proc/self/mounts").read_text().splitlines() if run.name in m]
        return [*processes, *os.listdir(run / "k"), *map(str, groups), *mounts]


def points(done: GradedNotebook, exercise: str) -> float:
    """Points of one exercise."""
    return next(s.score for s in done.scores if s.grade_id == f"{exercise}_tests")


@pytest.fixture(scope="session")
def bench(hostile_zygote: Zygote, host: Host) -> Iterator[Bench]:
    """The grader, in this process; its memory is looked at when all is over."""
    torch.set_num_threads(1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    suite = Suite.collect(ROOT / "tests" / "hidden" / ASSIGNMENT, ROOT)
    yield Bench(hostile_zygote, suite, host)
    suite.close()
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert peak < 2 * GROWTH, f"a submission took {peak >> 20} MB of the worker's memory"
