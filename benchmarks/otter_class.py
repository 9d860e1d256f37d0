"""The same class graded by Otter (`otter-grader`), for `benchmarks.throughput --otter`.

Otter wants packages that ours does not, so it gets an environment of its own, ``.venv-otter``, that sees the
packages of ours.  `prepare` makes it and an autograder archive: a test file an exercise, a test case for each hidden
test, which asks `benchmarks.stock_checks` in the student's kernel.  Run as a program, this file is Otter's side: it
grades every submission below a folder by Otter's own in-process runner, one after the other, as ``otter run`` does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENVIRONMENT = ROOT / ".venv-otter"
OTTER = "otter-grader==7.0.0"
SUMMARY = "otter graded: "
TEST_FILE = """
OK_FORMAT = False
from otter.test_files import test_case
name = {exercise!r}
points = None
"""
TEST_CASE = """
@test_case(points={points!r}, name={test!r}, hidden=True)
def test_{number}(env):
    from benchmarks.stock_checks import passed
    assert passed({assignment!r}, {exercise!r}, {test!r}, env)
"""


def environment() -> Path:
    """Python of the environment that has Otter; made at first use."""
    python = ENVIRONMENT / "bin" / "python"
    if not (ENVIRONMENT / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], check=True)
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        ours = sysconfig.get_paths()["purelib"]
        (ENVIRONMENT / "lib" / version / "site-packages" / "ours.pth").write_text(f"{ours}\n{ROOT}\n")
        subprocess.run([python, "-m", "pip", "install", "--quiet", OTTER], check=True)
        (ENVIRONMENT / "complete").touch()
    return python


def prepare(stock: Path, assignment: str, points: dict[str, int]) -> list[str]:
    """Make Otter's archive beside a stock course; return the command that grades the course's class."""
    from grader.pytest_plugin.suite import Suite

    suite = Suite.collect(ROOT / "tests" / "hidden" / assignment, ROOT)
    with zipfile.ZipFile(stock / "autograder.zip", "w") as archive:
        archive.writestr("otter_config.json", json.dumps({"lang": "python", "pdf": False}))
        archive.writestr("files/", "")
        for exercise, worth in points.items():
            tests = [
                (i.name, float(i.get_closest_marker("points").args[0])) for i in suite.by_exercise[exercise]
            ]
            share = worth / sum(p for _, p in tests)
            cases = [
                TEST_CASE.format(points=p * share, test=t, number=n, assignment=assignment, exercise=exercise)
                for n, (t, p) in enumerate(tests)
            ]
            archive.writestr(f"tests/{exercise}.py", TEST_FILE.format(exercise=exercise) + "".join(cases))
    suite.close()
    return [str(environment()), __file__, str(stock), assignment]


def grade_class(stock: Path, assignment: str) -> dict[str, float]:
    """Score of each student, by Otter."""
    from otter.api import grade_submission

    scores = {}
    for folder in sorted((stock / "submitted").iterdir()):
        handed_in = stock / f"{folder.name}.zip"
        with zipfile.ZipFile(handed_in, "w") as archive:
            for path in sorted((folder / assignment).iterdir()):
                archive.write(path, path.name)
        graded = grade_submission(str(handed_in), str(stock / "autograder.zip"), quiet=True)
        scores[folder.name] = graded.total
    return scores


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = str(ROOT)
    print(SUMMARY + json.dumps(grade_class(Path(sys.argv[1]), sys.argv[2])))
