"""`grader demo` as a specification: a whole class graded for real, and a table that is checked.

The demo runs once, by its command, in a folder of its own; the tests look at what it left behind. The
second half proves that the check of the table can fail.
"""

import csv
import html
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from grader.demo.course import ASSIGNMENT, LABELS, MARKER, DemoCourse, find_checkout, make_course
from grader.demo.outcome import Found, Outcome, read_outcomes
from grader.demo.roster import BROKEN, CLASS, EXERCISES, HONEST_ZEROS, HOSTILE, RIGHT, Student, right
from grader.demo.verdict import differences
from grader.errors import CourseError

REPO = Path(__file__).resolve().parents[2]


def grader(*arguments, cwd=REPO, seconds=60):
    """Run the command as an instructor does."""
    code = "from grader.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "COLUMNS": "120", "PYTHONPATH": str(REPO)},
        capture_output=True,
        text=True,
        timeout=seconds,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "course"
    ran = grader("demo", "--folder", folder, seconds=800)
    return ran, DemoCourse(folder, REPO)


@pytest.fixture(scope="module")
def outcomes(demo):
    return read_outcomes(demo[1], [s.name for s in CLASS], "en")


def words(text):
    return " ".join(text.split())


# ---------------------------------------------------------------------------------------------
# The real demo


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_table_is_right_for_every_simulated_student(demo):
    ran, _ = demo
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"The table is right for all {len(CLASS)} simulated students" in words(ran.stdout)
    for student in CLASS:
        assert re.search(rf"^ {re.escape(student.name)} .*✓ *$", ran.stdout, re.MULTILINE), student.name


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_step_is_shown_as_the_command_that_an_instructor_types(demo):
    shown = [line.partition("$ ")[2].split("  ")[0] for line in demo[0].stdout.splitlines() if "$ " in line]
    assert shown == [
        "nbgrader generate_assignment mini_gpt",
        "nbgrader db student import students.csv",
        "grader autograde mini_gpt",
        "nbgrader generate_feedback mini_gpt",
        "nbgrader export",
    ]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_it_ends_with_the_paths_of_the_csv_and_of_a_feedback_page(demo):
    ran, course = demo
    named = dict(re.findall(r"^(Grades|Feedback): +(\S+)$", ran.stdout, re.MULTILINE))
    assert Path(named["Grades"]) == course.folder / "grades.csv"
    page = Path(named["Feedback"]).read_text(encoding="utf-8")
    assert len(re.findall("✗|&#10007;", page)) >= 3  # a mistake in each exercise, each explained


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_csv_has_a_line_for_each_student_and_none_above_the_maximum(demo):
    with (demo[1].folder / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = {r["student_id"]: r for r in csv.DictReader(file)}
    assert set(rows) == {s.name for s in CLASS}
    assert all(0 <= float(r["score"]) <= 20 for r in rows.values())  # 5 of the 25 are graded by hand
    assert all(float(rows[s.name]["score"]) == 20 for s in RIGHT)
    assert all(float(rows[s.name]["score"]) == 0 for s in BROKEN)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_feedback_page_holds_a_line_of_a_hidden_test(demo):
    course = demo[1]
    secret = set()
    for path in (REPO / "tests" / "hidden" / ASSIGNMENT).glob("*.py"):
        code = re.sub(r'"""(?s:.*?)"""|#.*', "", path.read_text(encoding="utf-8"))
        secret |= {line.strip() for line in code.splitlines() if len(line.strip()) > 40 and "(" in line}
    assert len(secret) > 50
    pages = list((course.folder / "feedback").rglob("*.html"))
    assert len(pages) == sum(not s.not_graded for s in CLASS)
    for page in pages:
        shown = html.unescape(re.sub(r"<[^>]*>", "", page.read_text(encoding="utf-8")))
        assert not [line for line in secret if line in shown], page


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_label_of_the_library_is_handed_in(demo):
    for path in (demo[1].folder / "submitted").rglob("*.ipynb"):
        if not path.is_symlink():
            text = path.read_bytes().decode("utf-8", "replace")
            assert not any(label in text for label in LABELS), path


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_check_of_the_table_notices_any_other_score_or_diagnosis(demo, outcomes):
    course = demo[1]
    for student in CLASS:
        assert differences(course, student, outcomes) == []
        for changed in _falsified(student, outcomes[student.name]):
            assert differences(course, student, {**outcomes, student.name: changed}), (student.name, changed)


def _falsified(student: Student, seen: Outcome):
    """The outcome with one thing wrong, in every way that the roster speaks of."""
    if student.not_graded:
        yield replace(seen, graded=True)
        yield replace(seen, reason="something else")
        yield replace(seen, exported=20.0)
        return
    yield replace(seen, graded=False)
    yield replace(seen, needs_a_person=True)
    yield replace(seen, exported=(seen.exported or 0) + 1)
    if student.event:
        yield replace(seen, events=())
    for exercise in EXERCISES:
        found, cell = seen.exercises[exercise], student.cells[exercise]
        other = found.maximum - 1 if cell.worth == "full" else found.maximum
        yield _with(seen, exercise, replace(found, score=other))
        if cell.worth == "less":
            yield _with(seen, exercise, replace(found, misconceptions=("another",)))


def _with(seen: Outcome, exercise: str, found: Found) -> Outcome:
    changed = {**seen.exercises, exercise: found}
    return replace(seen, exercises=changed, exported=sum(f.score for f in changed.values()))


# ---------------------------------------------------------------------------------------------
# The class, and the folder


def test_the_class_has_at_least_24_students_of_every_kind():
    names = [s.name for s in CLASS]
    assert len(names) == len(set(names)) >= 24
    assert len(RIGHT) >= 5 and len(HOSTILE) >= 10 and len(BROKEN) >= 5
    assert HONEST_ZEROS in names


def test_what_must_be_found_comes_from_the_label_on_the_file_that_is_handed_in(tmp_path):
    course = DemoCourse(tmp_path, REPO)
    for student in CLASS:
        for exercise, cell in student.cells.items():
            if cell.worth == "full":
                assert cell.solution.startswith("right/") and course.answer(exercise, cell.solution)
            if cell.worth == "less":
                assert cell.solution.startswith("wrong/") and course.misconception(exercise, cell.solution)
    with pytest.raises(CourseError, match="does not name its misconception"):
        course.misconception("create_causal_mask", right("01_triu").solution)


def test_an_attack_that_pays_is_seen(tmp_path):
    paid = next(s for s in HOSTILE if s.cells["create_causal_mask"].worth == "as honest")
    honest = {e: Found(4, 4) for e in EXERCISES} | {"create_causal_mask": Found(1, 4)}
    for score, seen in [(1, False), (1.5, True), (4, True)]:
        outcome = Outcome(
            True, exercises=honest | {"create_causal_mask": Found(score, 4)}, exported=8 + score
        )
        found = differences(
            DemoCourse(tmp_path, REPO),
            paid,
            {paid.name: outcome, HONEST_ZEROS: Outcome(True, exercises=honest)},
        )
        assert any("the attack paid" in d for d in found) is seen


def test_a_folder_that_is_not_a_demos_is_left_alone(tmp_path):
    (tmp_path / "gradebook.db").write_text("a year of work")
    ran = grader("demo", "--folder", tmp_path)
    assert ran.returncode == 2 and "holds something that is not a demo's" in words(ran.stderr)
    assert [p.name for p in tmp_path.iterdir()] == ["gradebook.db"]


def test_an_earlier_demos_folder_is_emptied(tmp_path):
    course = make_course(tmp_path / "demo", REPO, "en")
    (course.folder / "gradebook.db").write_text("old")
    (course.folder / "gradebook.db").chmod(0o444)
    make_course(course.folder, REPO, "en")
    assert not (course.folder / "gradebook.db").exists() and (course.folder / MARKER).is_file()


def test_a_link_to_another_folder_is_not_followed(tmp_path):
    make_course(tmp_path / "real", REPO, "en")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(CourseError, match="is not a folder"):
        make_course(tmp_path / "link", REPO, "en")


def test_outside_a_checkout_it_says_so_in_one_line(tmp_path):
    ran = grader("demo", "--repo", tmp_path, cwd=tmp_path)
    assert ran.returncode == 2 and ran.stderr.count("\n") == 1
    assert "is not a checkout of the project" in ran.stderr
    assert list(tmp_path.iterdir()) == []
    assert find_checkout(REPO) == REPO


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_demo_course_speaks_the_language_asked_for(tmp_path, language):
    course = make_course(tmp_path / "demo", REPO, language)
    settings = (course.folder / "nbgrader_config.py").read_text(encoding="utf-8")
    assert f'LANGUAGE = "{language}"' in settings
