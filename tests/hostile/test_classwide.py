"""Hostile submissions in a real class: what they do to other students, to the course and to its reader.

One course, one ``grader autograde``, one export.  Each attack stands beside an honest student and one
with the same wrong answer and no attack.
"""

from __future__ import annotations

import csv
import re
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from course.tiny_course import ASSIGNMENT, NOTEBOOK, TinyCourse
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

from grader.sandbox.zygote import Zygote

from .conftest import digest

WRONG = {"square": "def square(x):\n    return 3 * abs(x)"}  # worth 1 of 2
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"
SHADOWS = (
    "torch.py", "numpy.py", "json.py", "conftest.py", "sitecustomize.py", "usercustomize.py", "pytest.ini", "evil.pth",
    "ipython_config.py", "jupyter_config.py", ".ipython/profile_default/startup/00-first.py", "grader/__init__.py",
    "reference/__init__.py", "tests/hidden/ps1/test_square.py", "test_square.py", "p1.py", "nbgrader_config.py",
)  # fmt: skip
SHADOW = """
import os
for folder in (COURSE, os.path.expanduser("~"), "."):
    try:
        open(os.path.join(folder, "PWNED"), "w").close()
    except OSError:
        pass
try:
    get_ipython().user_ns["square"] = lambda x: x * x
except Exception:
    pass
def test_square(): pass
"""
REWRITE = """
import glob, os, sqlite3, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        until = time.time() + 3
        while time.time() < until:
            above = glob.glob("/proc/*/cwd/gradebook.db") + glob.glob("/proc/*/root" + COURSE + "/gradebook.db")
            for path in [COURSE + "/gradebook.db", "gradebook.db", *above]:
                try:
                    book = sqlite3.connect(path)
                    book.execute("update grade set auto_score = max_score, manual_score = 99")
                    book.commit()
                    open(COURSE + "/PWNED", "w").close()
                except Exception:
                    pass
            time.sleep(0.05)
    os._exit(0)
"""
READ = """
import glob, os
for pattern in (COURSE, COURSE + "/submitted/*", COURSE + "/.grader/*", "/proc/*/cwd/submitted/*", "/home/*", "../*/ps1/*"):
    for path in glob.glob(pattern):
        if not path.startswith("/home/student"):
            print("STOLEN", path)
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory, hostile_zygote: Zygote) -> Iterator[TinyCourse]:
    """The class, handed in and graded."""
    folder = tmp_path_factory.mktemp("class")
    made = TinyCourse(folder, hostile_zygote.address).create()

    def prefix(code: str) -> str:
        return f"COURSE = {str(folder)!r}\n{textwrap.dedent(code)}\n"

    made.hand_in("anna")
    made.hand_in("wrong", **WRONG)
    for name, code in {"gradebook": REWRITE, "reader": READ}.items():
        made.hand_in(name, square=prefix(code) + WRONG["square"])
    made.hand_in("shadow", **WRONG)
    for name in SHADOWS:
        path = made.submission("shadow") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(prefix(SHADOW))
    made.hand_in("link_beside", **WRONG)
    (made.submission("link_beside") / "db").symlink_to(folder / "gradebook.db")
    made.submission("link_notebook").mkdir(parents=True)
    (made.submission("link_notebook") / f"{NOTEBOOK}.ipynb").symlink_to(
        made.submission("anna") / f"{NOTEBOOK}.ipynb"
    )
    (folder / "submitted" / "link_folder").mkdir()
    made.submission("link_folder").symlink_to(made.submission("anna"))
    made.hand_in("clock", when="yesterday, \ud7ff at tea time")
    made.hand_in("=1+1")
    made.hand_in("@SUM(1)", **WRONG)

    def add_scripts(nb):
        nb.cells += [new_markdown_cell(SCRIPT), new_raw_cell(SCRIPT, metadata={"raw_mimetype": "text/html"})]
        nb.cells += [new_code_cell(f"from IPython.display import HTML\nHTML({SCRIPT!r})")]
        nb.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {SCRIPT: SCRIPT}}}
        nb.metadata["title"] = nb.metadata["authors"] = SCRIPT

    made.change("scripts", add_scripts, essay_answer=SCRIPT, square=f"raise ValueError({SCRIPT!r})")
    yield made
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def graded(course: TinyCourse):
    """What the command said, and whether the folders it should not touch are as before."""
    fixed = ("source", "release", "submitted", "tests")
    before = [digest(course.folder / name) for name in fixed]
    done = course.autograde("--jobs", "2")
    assert [digest(course.folder / name) for name in fixed] == before
    return done


FULL = {"square": 2.0, "double": 3.0, "mark": 1.5}
HALF = {**FULL, "square": 1.0}


def test_honest_students_are_graded_beside_hostile_ones(course, graded):
    assert course.scores("anna").items() >= FULL.items(), graded.stdout + graded.stderr
    assert course.scores("=1+1").items() >= FULL.items()
    assert course.scores("wrong").items() >= HALF.items()


@pytest.mark.parametrize("student", ["gradebook", "reader", "shadow", "@SUM(1)"])
def test_an_attack_on_the_course_is_worth_its_wrong_answer(course, graded, student):
    found = course.scores(student)
    assert found.get("square") is None or found["square"] <= 1.0, found
    assert (found.get("square") == 1.0) or "not graded" in graded.stdout


@pytest.mark.parametrize("student", ["link_beside", "link_notebook", "link_folder"])
def test_a_submission_with_links_is_not_graded_and_said_to_be(course, graded, student):
    assert course.scores(student).get("square") is None
    assert re.search(rf"not graded\W+{student}", graded.stdout)
    assert graded.returncode == 1


def test_nothing_was_planted_or_read(course, graded):
    assert not list(course.folder.rglob("PWNED"))
    cells = nbformat.read(course.autograded("reader"), as_version=4).cells
    assert "STOLEN" not in str([c.get("outputs") for c in cells])
    assert not [p for p in course.folder.rglob("*") if p.is_symlink() and "submitted" not in p.parts]


def test_a_timestamp_that_is_none_stops_nobody(course, graded):
    (course.submission("wrong") / "timestamp.txt").write_text("the day after")
    again = course.autograde()
    (course.submission("wrong") / "timestamp.txt").unlink()
    assert course.scores("wrong")["square"] == 1.0  # the earlier grade stays
    assert again.returncode in (0, 1) and "Traceback" not in again.stderr, again.stderr[-500:]
    assert "anna" in again.stdout and "already graded" in again.stdout


def test_the_feedback_page_runs_no_script_of_a_student(course, graded):
    done = course.nbgrader("generate_feedback", ASSIGNMENT, "--student", "scripts")
    assert done.returncode == 0, done.stderr
    (page,) = course.folder.glob("feedback/scripts/*/*.html")
    html = page.read_text()
    assert "alert(1)" in html  # it is there, as text
    assert not re.search(r"<script[^>]*>\s*alert|<img[^>]*onerror|<svg[^>]*onload", html)


def test_no_text_of_a_student_is_a_formula_in_the_export(course, graded):
    done = course.nbgrader("export", "--to", str(course.folder / "grades.csv"))
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader((course.folder / "grades.csv").open()))
    free = {name for row in rows for name, text in row.items() if text and text[0] in "=+@\t\r"}
    # The id is the name of the folder in which it was handed in, which the course's staff gives.
    assert free <= {"student_id"}


def test_the_course_folder_holds_nothing_of_unknown_origin(course, graded):
    known = {
        "source",
        "release",
        "submitted",
        "autograded",
        "feedback",
        "tests",
        ".grader",
        "gradebook.db",
        "home",
    }
    known |= {"nbgrader_config.py", "grades.csv", "no-settings"}
    assert {p.name for p in Path(course.folder).iterdir()} <= known
    assert not (course.folder / ".grader" / "build").exists()
