"""Graphics cards of a cluster's runners: when a class goes there, and what is said where nobody has one.

Scheduler and runners are separate processes on loopback, with TLS.  Cards are made up where a runner lends some
(`lends_made_up_cards`): shares are dealt, kernels are real and find no card.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest

pytest.importorskip("distributed", reason="the extra packages `cluster` are not installed")

from grader.batch.cluster import ClusterExecutor
from grader.batch.connection import connected
from grader.batch.tls import Certificates, ClusterError
from grader.cli.cluster import choose_on_cluster
from grader.engine.task import GradeTask
from grader.result import GradedNotebook
from grader.sandbox.cards import GIB

from .cluster import Cluster
from .tiny_course import ASSIGNMENT, NOTEBOOK, TinyCourse, cell_of, source_notebook
from .traps import FULL

pytestmark = pytest.mark.slow
AUTO = ("auto", ["import torch"], "tls://anywhere", None)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of all courses here."""
    return tmp_path_factory.mktemp("courses")


@pytest.fixture(scope="module")
def course(new_course: Callable[..., TinyCourse], place: Path) -> TinyCourse:
    """A course whose notebook imports PyTorch, with one submission."""
    made = new_course(place / "torch")
    nb = source_notebook()
    cell_of(nb, "steps").source = "import torch\nSTEPS = 1_000_000"
    nbformat.write(nb, made.folder / f"source/{ASSIGNMENT}/{NOTEBOOK}.ipynb")
    released = made.nbgrader("generate_assignment", ASSIGNMENT, "--force")
    assert released.returncode == 0, released.stderr
    with open(made.folder / "nbgrader_config.py", "a") as config:
        config.write(f"c.Execute.timeout = 30\nc.Grading.gpu_slot_bytes = {2 * GIB}\n")
    made.hand_in("anna")
    return made


@pytest.fixture
def cluster(tmp_path: Path, zygote: str, place: Path) -> Iterator[Cluster]:
    """A scheduler without runners."""
    made = Cluster(tmp_path, zygote, place)
    yield made
    made.close()


def lend(cluster: Cluster, **how: object) -> tuple[subprocess.Popen[bytes], str]:
    """A runner that is connected, and what it said."""
    runner = cluster.start_runner(slots=2, **how)  # type: ignore[arg-type]
    cluster.runners.append(runner)
    return runner, cluster.await_runner(runner)


@pytest.fixture
def executor(cluster: Cluster) -> Iterator[Callable[..., ClusterExecutor]]:
    """``executor(said)``: one whose patience is short."""
    made: list[ClusterExecutor] = []

    def make(said: list[str], patience: float = 3.0) -> ClusterExecutor:
        certificates = Certificates.below(cluster.tls)
        open_one = lambda: connected(cluster.address, certificates)
        made.append(ClusterExecutor(open_one, [], said.append, lambda: "start one", 2 * GIB, patience))
        return made[-1]

    yield make
    for one in made:
        one.close(kill=True)


def test_auto_takes_the_cards_of_runners_and_says_so(cluster: Cluster, course: TinyCourse) -> None:
    _, said = lend(cluster, cards=1)
    assert "lends NVIDIA Test (79.0 of 80.0 GiB free): 16 slots of 4.0 GiB" in said
    assert "2 slots, 2 of them on cards" in said
    output, _ = cluster.autograde(course).communicate(timeout=120)
    assert "on cards: 2 slots" in output and "1 graded" in output, output
    assert course.scores("anna")["square"] == FULL["square"]
    # What the runner takes for a submission is not what the course says.
    assert (
        "4.0 GiB of a card for a submission (here 2.0: start it with --gpu-slot-bytes 2147483648)" in output
    )
    output, _ = cluster.autograde(course, "--device", "cuda").communicate(timeout=60)
    assert "1 already graded" in output and "on cards" not in output
    output, _ = cluster.autograde(course, "--device", "cpu").communicate(timeout=60)
    assert "1 graded again because this changed: settings" in output


def test_auto_stays_on_the_cpu_where_no_runner_lends_a_card(cluster: Cluster, course: TinyCourse) -> None:
    lend(cluster)
    lend(cluster, cards=1, more=("--device", "cpu"))  # it has one and lends it not
    output, _ = cluster.autograde(course, "--force").communicate(timeout=120)
    assert "on the CPU: no card is lent by any of the 2 runners" in output, output
    assert course.scores("anna")["square"] == FULL["square"]
    output, _ = cluster.autograde(course, "--device", "cpu").communicate(timeout=60)
    assert "1 already graded" in output


def test_what_was_given_to_the_runner_is_what_it_lends(cluster: Cluster) -> None:
    """Slurm says by this variable which cards are a job's."""
    two, three = "NVIDIA Test (79.0 of 80.0 GiB free): 9 slots of 8.0 GiB", ("--gpu-slot-bytes", str(8 * GIB))
    assert lend(cluster, cards=2, more=three)[1].count(two) == 2
    assert lend(cluster, cards=2, more=three, CUDA_VISIBLE_DEVICES="1")[1].count(two) == 1
    assert lend(cluster, cards=2, more=three, CUDA_VISIBLE_DEVICES="GPU-00000000")[1].count(two) == 1
    _, said = lend(cluster, cards=2, CUDA_VISIBLE_DEVICES="NoDevFiles")
    assert "lends" not in said and "2 slots\n" in said


def test_auto_waits_for_the_first_runner_and_asks_it(
    cluster: Cluster, executor: Callable[..., ClusterExecutor]
) -> None:
    said: list[str] = []
    late = cluster.start_runner(slots=2, cards=1)
    cluster.runners.append(late)
    assert choose_on_cluster(*AUTO, executor(said, 60.0), said.append) == "cuda"
    assert said == ["on cards: 2 slots on those of the runners"]
    cluster.await_runner(late)


def test_a_scheduler_without_runners_ends_the_choice_with_a_sentence(
    executor: Callable[..., ClusterExecutor],
) -> None:
    with pytest.raises(
        ClusterError, match="there has been no runner for 1 s; start one, and the same command"
    ):
        choose_on_cluster(*AUTO, executor([], 1.0), print)


def test_notebooks_without_pytorch_ask_nobody() -> None:
    def asked() -> None:
        raise AssertionError

    alone = ClusterExecutor(asked, [], print, lambda: None)  # type: ignore[arg-type]
    for device, chosen in (("auto", "cpu"), ("cpu", "cpu"), ("cuda", "cuda")):
        assert choose_on_cluster(device, ["import math"], "tls://x", None, alone, print) == chosen  # type: ignore[arg-type]


def task(student: str) -> GradeTask:
    """A submission that wants a card."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print(6 * 7)")])
    return GradeTask(student, ASSIGNMENT, NOTEBOOK, nb, device="cuda")


def test_nobody_waits_for_ever_for_a_card_that_nobody_lends(
    cluster: Cluster, executor: Callable[..., ClusterExecutor]
) -> None:
    lend(cluster)
    sentence = r"no runner with a graphics card \(there is 1 without, on which --device cpu grades\) for 3 s; start one"
    with pytest.raises(ClusterError, match=sentence):
        list(executor([]).run([task("anna"), task("ben")]))


def test_a_runner_with_cards_that_is_lost_leaves_none_waiting(
    cluster: Cluster, executor: Callable[..., ClusterExecutor]
) -> None:
    runner, _ = lend(cluster, cards=1, more=("--gpu-slot-bytes", str(2 * GIB)))
    lend(cluster)
    said: list[str] = []
    running = executor(said).run(task(f"s{n}") for n in range(40))
    _, first = next(running)
    assert json.dumps(first.nb).count("42") == 1 and said == []  # type: ignore[union-attr]
    runner.kill()
    began = time.monotonic()
    with pytest.raises(ClusterError, match="there is 1 without"):
        list(running)
    assert time.monotonic() - began < 60


def test_a_runner_with_cards_that_comes_later_takes_what_waits(
    cluster: Cluster, executor: Callable[..., ClusterExecutor]
) -> None:
    lend(cluster)
    running = executor([], 60.0).run([task("anna")])
    late = cluster.start_runner(slots=1, cards=1)
    cluster.runners.append(late)
    ((_, result),) = list(running)
    assert json.dumps(result.nb).count("42") == 1  # type: ignore[union-attr]


@pytest.fixture
def node() -> Iterator[Path]:
    """A device node, where a box looks for such."""
    path = Path(f"/dev/made-up-card-{os.getpid()}")
    os.mknod(path, 0o666 | stat.S_IFCHR, os.stat("/dev/null").st_rdev)
    yield path
    path.unlink(missing_ok=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a device node")
def test_a_runner_whose_card_goes_away_ends_and_the_others_grade(
    cluster: Cluster, executor: Callable[..., ClusterExecutor], node: Path
) -> None:
    broken, _ = lend(cluster, cards=1, MADE_UP_NODES=str(node))
    running = executor([], 60.0).run(task(f"s{n}") for n in range(24))
    _, first = next(running)
    assert isinstance(first, GradedNotebook), first
    node.unlink()
    lend(cluster, cards=1)
    results = [result for _, result in running]
    assert [isinstance(result, GradedNotebook) for result in results] == [True] * 23
    assert broken.wait(60) == 1
    assert f"{node} has gone, and with it a graphics card" in broken.log.read_text()  # type: ignore[attr-defined]
