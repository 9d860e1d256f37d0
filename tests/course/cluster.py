"""A scheduler and runners as separate processes on loopback, with TLS.

Where we are root the runners cannot even see the course's folder (a mount namespace of their own hides it), so
that whatever they read has travelled.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from grader.batch.tls import make_certificates

from .tiny_course import ASSIGNMENT, PROGRAMS, TinyCourse


class Cluster:
    """A scheduler and its runners, each a process of its own."""

    def __init__(self, folder: Path, zygote: str, hidden: Path) -> None:
        self.folder, self.hidden = folder, hidden
        self.tls = folder / "tls"
        self.environment = {**os.environ, "GRADER_ZYGOTE": zygote, "OMP_NUM_THREADS": "1"}
        self.runners: list[subprocess.Popen[bytes]] = []
        self.count = 0
        make_certificates(self.tls)
        self.scheduler = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--tls", str(self.tls)
        )
        self.address = self._said(self.scheduler, "scheduler at ").split()[0]

    def _start(
        self,
        *arguments: str,
        prefix: tuple[str, ...] = (),
        program: Sequence[str] = (str(PROGRAMS / "grader"),),
        **environment: str,
    ) -> subprocess.Popen[bytes]:
        self.count += 1
        with open(self.folder / f"{self.count}.log", "wb") as log:
            process = subprocess.Popen(
                [*prefix, *program, *arguments],
                cwd=self.folder,
                env={**self.environment, **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        process.log = Path(log.name)  # type: ignore[attr-defined]
        return process

    def _said(self, process: subprocess.Popen[bytes], words: str, seconds: float = 60) -> str:
        until = time.monotonic() + seconds
        while words not in (text := process.log.read_text()):  # type: ignore[attr-defined]
            assert process.poll() is None, text
            assert time.monotonic() < until, text
            time.sleep(0.05)
        return text.partition(words)[2]

    def start_runner(
        self,
        address: str = "",
        slots: int = 1,
        more: tuple[str, ...] = (),
        cards: int = 0,
        program: Sequence[str] = (str(PROGRAMS / "grader"),),
        **environment: str,
    ) -> subprocess.Popen[bytes]:
        """Start one, on a machine with so many cards that are made up; see `await_runner`.

        Another `program` takes the arguments of ``grader``.
        """
        hide = f'mount -t tmpfs none "{self.hidden}" && exec "$@"'
        prefix = ("unshare", "--mount", "sh", "-c", hide, "sh") if os.geteuid() == 0 else ()
        script = str(Path(__file__).with_name("lends_made_up_cards.py"))
        program = (sys.executable, script, str(cards)) if cards else program
        arguments = (address or self.address, "--slots", str(slots), "--tls", str(self.tls), *more)
        return self._start("runner", *arguments, prefix=prefix, program=program, **environment)

    def await_runner(self, runner: subprocess.Popen[bytes]) -> str:
        """Wait until it is connected; what it said by then."""
        self._said(runner, "runner at ")
        said: str = runner.log.read_text()  # type: ignore[attr-defined]
        return said

    def have(self, number: int) -> list[subprocess.Popen[bytes]]:
        """Make sure that so many runners are there."""
        self.runners = [r for r in self.runners if r.poll() is None]
        new = [self.start_runner() for _ in range(number - len(self.runners))]
        self.runners += new
        for runner in new:
            self.await_runner(runner)
        return self.runners

    def autograde(self, course: TinyCourse, *arguments: str) -> subprocess.Popen[str]:
        """``grader autograde ps1 --cluster …`` under way."""
        where = ("--cluster", self.address, "--tls", str(self.tls))
        return subprocess.Popen(
            [str(PROGRAMS / "grader"), "autograde", ASSIGNMENT, *where, *arguments],
            cwd=course.folder,
            env=course.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def close(self) -> None:
        """End everything."""
        for process in (*self.runners, self.scheduler):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.terminate()
                process.wait(3)
            process.kill()
            process.wait()
