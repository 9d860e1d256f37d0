"""Submissions a minute: `grader autograde` against stock `nbgrader autograde`, same class, same run.

    python -m benchmarks.throughput [--assignment mini_gpt] [--students 12] [--rounds 1] [--full 2] [--otter]

Both sides grade the same notebooks (right and wrong solutions of tests/solutions, in turn) with the
same cells and the same checks; on the stock side the checks are in-notebook hidden tests that run
in the student's kernel.  Training is cut to ten steps on both sides.  A second row (``--full N``)
has the notebook's full training on the stock side, as an instructor has it without grading
parameters.  A third (``--otter``) is Otter's in-process runner, with the same checks.  All sides run one after the
other in one call, in turn where there are several rounds; quote the ratio of the medians, and the range of the rounds.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat

from benchmarks.otter_class import SUMMARY, prepare
from benchmarks.stock_checks import COLLECTED

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Assignment:
    """What is graded: a notebook, its exercises' points, its grading parameters."""

    notebook: str
    points: dict[str, int]
    short: dict[str, int]


ASSIGNMENTS = {
    "mini_gpt": Assignment(
        "part1_from_scratch",
        {"create_causal_mask": 4, "transformer_decoder": 10, "generate": 6},
        {"EPOCHS": 1, "MAX_STEPS": 10, "SHOWN": 1, "SAMPLES": 1},
    ),
    "lesson4_attention": Assignment(
        "attention",
        {"dot": 1, "attention_scores": 2, "attention": 3, "causal_mask": 2,
         "causal_self_attention": 4, "multi_head_attention": 4},
        {},
    ),
}  # fmt: skip
STOCK_CONFIG = """
c = get_config()
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError()"}
c.Execute.timeout = 1200
"""


def main() -> None:
    """Run the benchmark and print its rows."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--assignment", choices=ASSIGNMENTS, default="mini_gpt")
    options.add_argument("--students", type=int, default=12)
    options.add_argument("--rounds", type=int, default=1, help="every side grades the class as often")
    options.add_argument("--full", type=int, default=0, metavar="N", help="students of the full-training row")
    options.add_argument("--otter", action="store_true", help="also Otter's in-process runner")
    options.add_argument("--jobs", type=int, default=0, help="of ours; 0 is the command's own default")
    chosen = options.parse_args()
    cpu = platform.processor() or platform.machine()
    print(
        f"{chosen.students} submissions, {os.cpu_count()} cores ({cpu}), Python {platform.python_version()}"
    )
    name = chosen.assignment
    with tempfile.TemporaryDirectory(prefix="throughput-") as folder:
        ours = course(Path(folder) / "grader", chosen.students, stock=False, short=False, assignment=name)
        stock = course(Path(folder) / "stock", chosen.students, stock=True, short=True, assignment=name)
        sides = {
            "grader autograde": (["grader", "autograde", name, "--force", "--jobs", str(chosen.jobs)], ours),
            "stock nbgrader autograde, ten steps": (["nbgrader", "autograde", name, "--force"], stock),
        }
        if chosen.otter:
            sides["Otter's in-process runner, ten steps"] = (
                prepare(stock, name, ASSIGNMENTS[name].points),
                stock,
            )
        spent: dict[str, list[float]] = {side: [] for side in sides}
        for _ in range(chosen.rounds):
            for side, (command, where) in sides.items():
                took, said = timed(command, where)
                spent[side].append(took)
                row(side, chosen.students, took)
        compare(scores(ours), scores(stock))
        if chosen.otter:
            compare(scores(ours), json.loads(said.rpartition(SUMMARY)[2]))
        own, *others = spent.values()
        for side, theirs in zip([*spent][1:], others, strict=True):
            ratios = [b / a for a, b in zip(own, theirs, strict=True)]
            print(
                f"{side}: {statistics.median(theirs):.1f} against {statistics.median(own):.1f} s (medians), ratio "
                f"{statistics.median(theirs) / statistics.median(own):.1f}, "
                f"rounds {min(ratios):.1f} to {max(ratios):.1f}"
            )
        seconds, stock_seconds = statistics.median(own), statistics.median(others[0])
        collecting = chosen.students * collected(stock)
        print(
            f"of the stock side {collecting:.1f} s import and collect the tests in the kernels; "
            f"without it the ratio is {(stock_seconds - collecting) / seconds:.1f}"
        )
        if chosen.full:
            full = course(Path(folder) / "full", chosen.full, stock=True, short=False, assignment=name)
            full_seconds, _ = timed(["nbgrader", "autograde", name], full)
            row("stock nbgrader autograde, full training", chosen.full, full_seconds)
            print(f"ratio: {full_seconds / chosen.full / (seconds / chosen.students):.1f} times")


def course(folder: Path, students: int, stock: bool, short: bool, assignment: str = "mini_gpt") -> Path:
    """A course with its class handed in."""
    folder.mkdir(parents=True)
    of = ASSIGNMENTS[assignment]
    source = folder / "source" / assignment
    other_parts = shutil.ignore_patterns("part2*", "tiny_gpt2")
    shutil.copytree(ROOT / "source" / assignment, source, ignore=other_parts)
    path = source / f"{of.notebook}.ipynb"
    nb = nbformat.read(path, as_version=4)
    if stock:
        (folder / "nbgrader_config.py").write_text(STOCK_CONFIG)
        for cell in nb.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            if name.removesuffix("_tests") in of.points and name.endswith("_tests"):
                cell.source = hidden_tests(assignment, name.removesuffix("_tests"))
            if short and "parameters" in cell.metadata.get("tags", []):
                cell.source += "\n" + "\n".join(f"{k} = {v!r}" for k, v in of.short.items())
        nbformat.write(nb, path)
    else:
        settings = (ROOT / "nbgrader_config.py").read_text()
        (folder / "nbgrader_config.py").write_text(f"{settings}\nc.Grading.root = {str(ROOT)!r}\n")
    run(["nbgrader", "generate_assignment", assignment], folder)
    for number in range(students):
        hand_in(folder, assignment, number)
    return folder


def hidden_tests(assignment: str, exercise: str) -> str:
    """Source of a stock test cell."""
    return (
        "### BEGIN HIDDEN TESTS\n"
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from benchmarks.stock_checks import score\n"
        f"score({assignment!r}, {exercise!r}, globals(), {ASSIGNMENTS[assignment].points[exercise]})\n"
        "### END HIDDEN TESTS"
    )


def hand_in(folder: Path, assignment: str, number: int) -> None:
    """Submission of student `number`: every second one has a wrong exercise."""
    of = ASSIGNMENTS[assignment]
    target = folder / "submitted" / f"student{number:03d}" / assignment
    shutil.copytree(folder / "release" / assignment, target)
    nb = nbformat.read(target / f"{of.notebook}.ipynb", as_version=4)
    wrong = list(of.points)[number // 2 % len(of.points)] if number % 2 else ""
    for cell in nb.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if name in of.points:
            kind = "wrong" if name == wrong else "right"
            styles = sorted((ROOT / "tests" / "solutions" / assignment / name / kind).glob("*.py"))
            cell.source = styles[number % min(len(styles), 5)].read_text()
    nbformat.write(nb, target / f"{of.notebook}.ipynb")


def collected(stock: Path) -> float:
    """Median CPU seconds that a stock kernel took to import and collect the tests."""
    found = []
    for path in stock.glob("autograded/*/*/*.ipynb"):
        text = path.read_text(encoding="utf-8")
        found += [float(t) for t in re.findall(re.escape(COLLECTED) + r"([0-9.]+)", text)[:1]]
    return statistics.median(found) if found else 0.0


def run(command: list[str], folder: Path) -> str:
    """Run a command in a course with the environment's own programs; what it said."""
    env = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done.stdout


def timed(command: list[str], folder: Path) -> tuple[float, str]:
    """Seconds of a whole command, and what it said."""
    began = time.monotonic()
    said = run(command, folder)
    return time.monotonic() - began, said


def row(name: str, students: int, seconds: float) -> None:
    """Print a measurement."""
    print(f"{name}: {seconds:.1f} s, {60 * students / seconds:.1f} submissions a minute", flush=True)


def scores(folder: Path) -> dict[str, float]:
    """Scores by student, from nbgrader's export."""
    run(["nbgrader", "export"], folder)
    with (folder / "grades.csv").open() as file:
        return {r["student_id"]: float(r["score"]) for r in csv.DictReader(file)}


def compare(ours: dict[str, float], stock: dict[str, float]) -> None:
    """Both sides must have graded alike, or the comparison means nothing."""
    different = {s: (ours[s], stock[s]) for s in ours if abs(ours[s] - stock[s]) > 0.01}
    print(
        f"same scores for {len(ours) - len(different)} of {len(ours)} students"
        + (f"; {different}" if different else "")
    )


if __name__ == "__main__":
    main()
