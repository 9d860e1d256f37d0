"""Runners as Slurm jobs, for the time of one run: `grader autograde --cluster slurm`.

The scheduler lives in the coordinator; dask-jobqueue submits the jobs and cancels them at the end.  Each job is
one runner (`grader.cli.slurm_job`).  Python's environment and the certificates must lie on a disk that the nodes
share, the course need not.  Certificates are made for the run where the course has none.
"""

from __future__ import annotations

import contextlib
import logging
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.batch.connection import leave, new_client
from grader.batch.serve import require_dask
from grader.batch.tls import Certificates, ClusterError, make_certificates

if TYPE_CHECKING:
    from distributed import Client

SETTINGS = {"queue", "cores", "memory", "walltime", "jobs", "account", "directives", "interface", "prologue"}
ALLOWED_FAILURES = 0  # see `grader.batch.cluster`: a task that lost its runner is tried again alone
AGAIN = 10  # seconds between two looks at how many jobs there are
JOB = "grader.cli.slurm_job"


@contextlib.contextmanager
def jobs(
    settings: Mapping[str, Any],
    certificates: Certificates | None,
    state: Path,
    told: Sequence[str],
    name: str,
    said: Callable[[str], None],
) -> Iterator[Client]:
    """A client of a scheduler of our own, whose runners are Slurm jobs.

    Parameters
    ----------
    settings : mapping
        ``c.Grading.slurm``: ``queue``, ``cores``, ``memory``, ``walltime``, ``jobs``; where needed ``account``,
        ``interface`` (network), ``directives`` (more ``#SBATCH`` lines), ``prologue`` (shell lines before the runner).
    certificates : Certificates or None
    state : Path
        The course's ``.grader``: for the jobs' logs, and certificates where there are none.
    told : sequence of str
        Further arguments of each runner, see `grader.cli.slurm_job`.
    name : str
        Of the jobs.
    said : callable
        Shows a line to a person.

    Raises
    ------
    ClusterError
        If Slurm's commands or settings are missing, or Slurm takes no job.
    """
    check_settings(settings)
    require_dask()
    try:
        from dask_jobqueue import SLURMCluster
    except ImportError:
        raise ClusterError(
            "the extra packages are missing: pip install 'autoregrade[grading,cluster]'"
        ) from None

    logging.getLogger("dask_jobqueue").setLevel(logging.CRITICAL)
    number = int(settings.get("jobs", 1))
    with contextlib.ExitStack() as stack:
        if certificates is None:
            for old in state.glob("tls-*"):  # of a run that was killed; one at a time works on a course
                shutil.rmtree(old, ignore_errors=True)
            folder = Path(tempfile.mkdtemp(prefix="tls-", dir=state))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            certificates = make_certificates(folder)
        try:
            cluster = stack.enter_context(
                SLURMCluster(
                    queue=settings.get("queue"),
                    account=settings.get("account"),
                    cores=int(settings["cores"]),
                    memory=str(settings["memory"]),
                    walltime=settings.get("walltime"),
                    interface=settings.get("interface"),
                    job_extra_directives=list(settings.get("directives", [])),
                    job_script_prologue=list(settings.get("prologue", [])),
                    processes=1,
                    python=sys.executable,
                    worker_command=JOB,
                    worker_extra_args=list(told),
                    log_directory=str(state / "slurm"),
                    security=certificates.security(),
                    job_name=name,
                    scheduler_options={
                        "allowed_failures": ALLOWED_FAILURES,
                        "dashboard": False,
                        "dashboard_address": "127.0.0.1:0",
                    },
                    silence_logs="critical",
                )
            )
            _try_out(cluster.job_script())
            stack.callback(_keep(cluster, number))
            client = new_client(cluster, timeout=10)
            stack.callback(leave, client)
        except (OSError, RuntimeError, ValueError) as error:
            raise ClusterError(f"Slurm takes no runner: {' '.join(str(error).split())[:300]}") from None
        said(f"{number} Slurm jobs asked for; their logs are in {state / 'slurm'}")
        yield client


def _try_out(script: str) -> None:
    """Ask Slurm whether it would take a job, without sending it; dask-jobqueue would tell nobody."""
    asked = subprocess.run(["sbatch", "--test-only"], input=script, capture_output=True, text=True)
    if asked.returncode != 0:
        raise RuntimeError(asked.stderr.replace("sbatch: error:", "").replace("allocation failure:", ""))


def _keep(cluster: Any, number: int) -> Callable[[], None]:
    """Ask for that many jobs, and again for those that end before we do (their time is up, a node is lost).

    A job that never came to be a runner is not repeated: the next would not either.  Returns what ends this.
    """
    from tornado.ioloop import PeriodicCallback

    cluster.scale(jobs=number)
    again = PeriodicCallback(lambda: cluster.scale(jobs=number), AGAIN * 1000)
    cluster.loop.add_callback(again.start)

    def end() -> None:
        cluster.loop.add_callback(again.stop)

    return end


def advice(name: str, state: Path, waits: Callable[[str], None]) -> str | None:
    """What to do where there is no runner; None while Slurm has jobs of that name, waiting or starting.

    Parameters
    ----------
    name : str
        Of the jobs.
    state : Path
        As in `jobs`.
    waits : callable
        Told why Slurm has not started any of them.
    """
    asked = subprocess.run(["squeue", "-h", "-n", name, "-o", "%T %r"], capture_output=True, text=True)
    known = [line.partition(" ") for line in asked.stdout.splitlines() if line.strip()]
    if asked.returncode == 0 and known:
        if all(status == "PENDING" for status, _, _ in known):
            waits(", ".join(sorted({reason.strip() for _, _, reason in known})))
        return None
    said = _last_words(state / "slurm", name)
    return f"Slurm has no job of ours any more{said}; see {state / 'slurm'}/{name}-*"


def _last_words(logs: Path, name: str) -> str:
    """What the last of our jobs that said why it ended said."""
    lines = []
    for path in sorted(logs.glob(f"{name}-*"), key=lambda path: path.stat().st_mtime):
        lines += [
            line for line in path.read_text(errors="replace").splitlines() if line.startswith("grader: ")
        ]
    return f", the last one said: {lines[-1].removeprefix('grader: ')}" if lines else ""


def asks_for_cards(settings: Mapping[str, Any]) -> bool:
    """Whether ``c.Grading.slurm`` asks for graphics cards: `directives` with ``--gres=gpu…``, ``--gpus…`` or the like."""
    for line in settings.get("directives", []):
        words = str(line).removeprefix("#SBATCH").strip()
        option, value = re.fullmatch(r"(-\w|--[\w-]+)?[=\s]*(.*)", words, re.DOTALL).groups()  # type: ignore[union-attr]
        if option == "-G" or (option or "").startswith("--gpus"):
            wanted = [["gpu", *part.split(":")] for part in value.split(",") if part]
        elif option == "--gres" or (option or "").startswith("--tres-per-"):
            wanted = [
                re.split("[:/=]", part.removeprefix("gres:").removeprefix("gres/"))
                for part in value.split(",")
            ]
        else:
            continue
        if any(names[0] == "gpu" and names[-1] != "0" for names in wanted):
            return True
    return False


def check_settings(settings: Mapping[str, Any]) -> None:
    """Refuse settings that cannot be; raises `ClusterError`."""
    if unknown := set(settings) - SETTINGS:
        raise ClusterError(f"c.Grading.slurm has unknown fields: {', '.join(sorted(unknown))}")
    if missing := {"cores", "memory"} - set(settings):
        raise ClusterError(f"c.Grading.slurm lacks {', '.join(sorted(missing))}; see README.md")
    if shutil.which("sbatch") is None:
        raise ClusterError("there is no `sbatch` here: run this on a machine from which Slurm takes jobs")
