"""Submissions a minute: `grader autograde` against stock `nbgrader autograde`, same class, same run.

    python -m benchmarks.throughput [--students 12] [--full 2]

Both sides grade the same notebooks (right and wrong solutions of tests/solutions, in turn) with the
same cells and the same checks; on the stock side the checks are in-notebook hidden tests that run
in the student's kernel.  Training is cut to ten steps on both sides.  A second row (``--full N``)
has the notebook's full training on the stock side, as an instructor has it without grading
parameters.  The two sides run one after the other in one call; quote the ratio.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat

ROOT = Path(__file__).parents[1]
EXERCISES = {"create_causal_mask": 4, "transformer_decoder": 10, "generate": 6}
SHORT = {"EPOCHS": 1, "MAX_STEPS": 10, "SHOWN": 2, "SAMPLES": 2}
STOCK_CONFIG = """
c = get_config()
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError()"}
c.Execute.timeout = 1200
"""


def main() -> None:
    """Run the benchmark and print its rows."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--students", type=int, default=12)
    options.add_argument("--full", type=int, default=0, metavar="N", help="students of the full-training row")
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    chosen = options.parse_args()
    cpu = platform.processor() or platform.machine()
    print(
        f"{chosen.students} submissions, {os.cpu_count()} cores ({cpu}), Python {platform.python_version()}"
    )
    with tempfile.TemporaryDirectory(prefix="throughput-") as folder:
        ours = course(Path(folder) / "grader", chosen.students, stock=False, short=False)
        stock = course(Path(folder) / "stock", chosen.students, stock=True, short=True)
        seconds = timed(["grader", "autograde", "mini_gpt", "--jobs", str(chosen.jobs)], ours)
        row("grader autograde", chosen.students, seconds)
        stock_seconds = timed(["nbgrader", "autograde", "mini_gpt"], stock)
        row("stock nbgrader autograde, ten steps", chosen.students, stock_seconds)
        compare(scores(ours), scores(stock))
        print(f"ratio: {stock_seconds / seconds:.1f} times the submissions a minute")
        if chosen.full:
            full = course(Path(folder) / "full", chosen.full, stock=True, short=False)
            full_seconds = timed(["nbgrader", "autograde", "mini_gpt"], full)
            row("stock nbgrader autograde, full training", chosen.full, full_seconds)
            print(f"ratio: {full_seconds / chosen.full / (seconds / chosen.students):.1f} times")


def course(folder: Path, students: int, stock: bool, short: bool) -> Path:
    """A course with its class handed in."""
    folder.mkdir(parents=True)
    part_1 = shutil.ignore_patterns("part2*", "tiny_gpt2")
    shutil.copytree(ROOT / "source" / "mini_gpt", folder / "source" / "mini_gpt", ignore=part_1)
    path = folder / "source" / "mini_gpt" / "part1_from_scratch.ipynb"
    nb = nbformat.read(path, as_version=4)
    if stock:
        (folder / "nbgrader_config.py").write_text(STOCK_CONFIG)
        for cell in nb.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            if name.removesuffix("_tests") in EXERCISES and name.endswith("_tests"):
                cell.source = hidden_tests(name.removesuffix("_tests"))
            if short and "parameters" in cell.metadata.get("tags", []):
                cell.source += "\n" + "\n".join(f"{k} = {v!r}" for k, v in SHORT.items())
        nbformat.write(nb, path)
    else:
        settings = (ROOT / "nbgrader_config.py").read_text()
        (folder / "nbgrader_config.py").write_text(f"{settings}\nc.Grading.root = {str(ROOT)!r}\n")
    run(["nbgrader", "generate_assignment", "mini_gpt"], folder)
    released = nbformat.read(folder / "release" / "mini_gpt" / path.name, as_version=4)
    for number in range(students):
        hand_in(folder, released, number)
    return folder


def hidden_tests(exercise: str) -> str:
    """Source of a stock test cell."""
    return (
        "### BEGIN HIDDEN TESTS\n"
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from benchmarks.stock_checks import score\n"
        f"score({exercise!r}, globals(), {EXERCISES[exercise]})\n"
        "### END HIDDEN TESTS"
    )


def hand_in(folder: Path, released: Any, number: int) -> None:
    """Submission of student `number`: every second one has a wrong exercise."""
    nb = nbformat.from_dict(released)
    target = folder / "submitted" / f"student{number:03d}" / "mini_gpt"
    shutil.copytree(folder / "release" / "mini_gpt", target)
    nb = nbformat.read(target / "part1_from_scratch.ipynb", as_version=4)
    wrong = list(EXERCISES)[number // 2 % 3] if number % 2 else ""
    for cell in nb.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if name in EXERCISES:
            kind = "wrong" if name == wrong else "right"
            styles = sorted((ROOT / "tests" / "solutions" / "mini_gpt" / name / kind).glob("*.py"))
            cell.source = styles[number % min(len(styles), 5)].read_text()
    nbformat.write(nb, target / "part1_from_scratch.ipynb")


def run(command: list[str], folder: Path) -> None:
    """Run a command in a course with the environment's own programs."""
    env = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")


def timed(command: list[str], folder: Path) -> float:
    """Seconds of a whole command."""
    began = time.monotonic()
    run(command, folder)
    return time.monotonic() - began


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
