"""`grader demo` as a specification: a class graded for real, and tables that are checked.

The demo runs once, by its command, in a folder of its own; the tests look at what it left behind.  It
takes one of the five assignments: `make demo` takes all.  The second half
proves that the check of the tables can fail, for every assignment.
"""

import ast
import csv
import html
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from grader.demo.class_mini_gpt import BROKEN, HOSTILE, MINI_GPT, RIGHT
from grader.demo.course import LABELS, MARKER, DemoCourse, find_checkout, make_course
from grader.demo.outcome import Found, Outcome, exported_scores, read_outcomes
from grader.demo.roster import COURSE, chosen, class_list
from grader.demo.submission import ABSENT, right
from grader.demo.verdict import differences, strangers
from grader.errors import CourseError

REPO = Path(__file__).resolve().parents[2]
GRADED = chosen(["lesson4_attention"])
EVERYBODY = [(a, s) for a in COURSE for s in a.students]


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
    names = [x for a in reversed(GRADED) for x in ("--assignment", a.name)]  # the course's order wins
    ran = grader("demo", "--folder", folder, *names, seconds=1100)
    return ran, DemoCourse(folder, REPO)


@pytest.fixture(scope="module")
def outcomes(demo):
    return {a.name: read_outcomes(demo[1], a, "en") for a in GRADED}


def words(text):
    return " ".join(text.split())


# ---------------------------------------------------------------------------------------------
# The real demo


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_table_is_right_for_every_simulated_student(demo):
    ran, _ = demo
    assert ran.returncode == 0, ran.stdout + ran.stderr
    rows = sum(len(a.students) for a in GRADED)
    assert f"All {rows} rows are as the roster says" in words(ran.stdout)
    for a, table in zip(GRADED, tables(ran.stdout), strict=True):
        for student in a.students:
            assert re.search(rf"^ {re.escape(student.name)} .*✓ *$", table, re.MULTILINE), (
                a.name,
                student.name,
            )


def tables(text):
    """Each assignment's table, in the order in which they were printed."""
    found = re.split(r"^(?:lesson\w+|mini_gpt): ", text, flags=re.MULTILINE)[1:]
    assert [re.search(rf"^{a.name}: ", text, re.MULTILINE) is not None for a in GRADED] == [True] * len(
        GRADED
    )
    return found


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_columns_stand_in_the_order_of_the_course(demo):
    for a, table in zip(GRADED, tables(demo[0].stdout), strict=True):
        first = next(line for line in table.splitlines()[1:] if line.strip())
        shown = [word for word in first.split() if word in {e.short for e in a.exercises}]
        assert shown == [e.short for e in a.exercises]


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_every_step_is_shown_as_the_command_that_an_instructor_types(demo):
    shown = [line.partition("$ ")[2].split("  ")[0] for line in demo[0].stdout.splitlines() if "$ " in line]
    assert shown == [
        *(f"nbgrader generate_assignment {a.name}" for a in GRADED),
        "nbgrader db student import students.csv",
        *(f"grader autograde {a.name}" for a in GRADED),
        *(f"nbgrader generate_feedback {a.name}" for a in GRADED),
        "nbgrader export",
    ]


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_it_ends_with_the_paths_of_the_csv_and_of_a_feedback_page_for_each_assignment(demo):
    ran, course = demo
    named = re.findall(r"^(Grades|Feedback): +(\S+)$", ran.stdout, re.MULTILINE)
    assert [path for what, path in named if what == "Grades"] == [str(course.folder / "grades.csv")]
    pages = [Path(path) for what, path in named if what == "Feedback"]
    assert [p.parent.name for p in pages] == [a.name for a in GRADED]
    for page in pages:
        shown = len(re.findall("✗|&#10007;", page.read_text(encoding="utf-8")))
        assert shown >= 2  # more than one mistake, each explained


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_csv_has_a_line_for_each_student_and_none_above_the_maximum(demo):
    with (demo[1].folder / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = {(r["assignment"], r["student_id"]): r for r in csv.DictReader(file)}
    assert set(rows) == {(a.name, who) for a in GRADED for who in class_list(GRADED)}
    for a in GRADED:
        most = sum(e.points for e in a.exercises)  # the rest is graded by hand
        assert all(0 <= float(r["raw_score"] or 0) <= most for (name, _), r in rows.items() if name == a.name)
        for name in ("ada", "bruno", "chiara"):
            assert float(rows[a.name, name]["raw_score"]) == most
        for name in ("empty", "absent"):
            assert float(rows[a.name, name]["raw_score"] or 0) == 0


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_no_feedback_page_holds_a_line_of_a_hidden_test(demo):
    course = demo[1]
    for a in GRADED:
        secret = set()
        for path in (REPO / "tests" / "hidden" / a.name).glob("*.py"):
            code = re.sub(r'"""(?s:.*?)"""|#.*', "", path.read_text(encoding="utf-8"))
            secret |= {line.strip() for line in code.splitlines() if len(line.strip()) > 40 and "(" in line}
        assert len(secret) > 30
        pages = list((course.folder / "feedback").glob(f"*/{a.name}/*.html"))
        assert len(pages) == sum(len(a.handed_in(s)) for s in a.students if not s.not_graded)
        for page in pages:
            shown = html.unescape(re.sub(r"<[^>]*>", "", page.read_text(encoding="utf-8")))
            assert not [line for line in secret if line in shown], page


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_no_label_of_the_library_is_handed_in(demo):
    for path in (demo[1].folder / "submitted").rglob("*.ipynb"):
        if not path.is_symlink():
            text = path.read_bytes().decode("utf-8", "replace")
            assert not any(label in text for label in LABELS), path


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_check_of_the_table_notices_any_other_score_or_diagnosis(demo, outcomes):
    course = demo[1]
    for a in GRADED:
        found = outcomes[a.name]
        for student in a.students:
            assert differences(course, a, student, found) == []
            for changed in _falsified(a, student, found[student.name]):
                assert differences(course, a, student, {**found, student.name: changed}), (
                    student.name,
                    changed,
                )
        assert strangers(a, exported_scores(course, a.name)) == []
    assert strangers(MINI_GPT, {"ada": 34.0, "somebody": 1.0, "else": 0.0}) == [
        "somebody has 1 points without handing in"
    ]


def _falsified(assignment, student, seen: Outcome):
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
    for exercise in assignment.exercises:
        if exercise.name not in student.cells:  # of a notebook that was not handed in
            yield _with(seen, exercise.name, Found(0.0, exercise.points))
            continue
        found, cell = seen.exercises[exercise.name], student.cells[exercise.name]
        other = found.maximum - 1 if cell.worth == "full" else found.maximum
        yield _with(seen, exercise.name, replace(found, score=other))
        yield _with(seen, exercise.name, replace(found, maximum=found.maximum + 1))
        if cell.worth == "less":
            yield _with(seen, exercise.name, replace(found, misconceptions=("another",)))


def _with(seen: Outcome, exercise: str, found: Found) -> Outcome:
    changed = {**seen.exercises, exercise: found}
    return replace(seen, exercises=changed, exported=sum(f.score for f in changed.values()))


# ---------------------------------------------------------------------------------------------
# The class, and the folder


def test_the_course_has_its_five_assignments_in_order():
    names = ["lesson3_embeddings", "lesson4_attention", "lesson5_mini_llm", "lesson6_training", "mini_gpt"]
    assert [a.name for a in COURSE] == names
    assert [a.name for a in chosen(["mini_gpt", "lesson3_embeddings"])] == ["lesson3_embeddings", "mini_gpt"]
    with pytest.raises(CourseError, match="has no assignment 'lesson7'"):
        chosen(["lesson7"])


@pytest.mark.parametrize("assignment", COURSE, ids=lambda a: a.name)
def test_a_class_has_students_of_every_kind(assignment):
    students = assignment.students
    names = [s.name for s in students]
    assert len(names) == len(set(names)) >= 10
    for notebook in assignment.notebooks:
        cells = [
            [s.cells[e.name] for e in notebook.exercises]
            for s in students
            if _graded(assignment, s, notebook)
        ]
        worths = [{c.worth for c in row} for row in cells]
        styles = {tuple(c.solution for c in row) for row in cells if {c.worth for c in row} == {"full"}}
        assert len(styles) >= 3  # right in several styles
        assert sum("less" in w for w in worths) >= 3
        orders = [[c.worth for c in row] for row in cells]
        assert any("full" in o[o.index("less") :] for o in orders if "less" in o)  # nobody pays twice
        assert {"zero"} in worths  # the release, untouched
        assert any("as honest" in w for w in worths)
        # Every exercise is got wrong by somebody, and solved by somebody.
        for column in zip(*cells, strict=True):
            assert {"full", "zero"} <= {c.worth for c in column}
    assert any(s.change == "an_empty_file" for s in students) and any(s.change == ABSENT for s in students)
    assert assignment.instructive in names


def _graded(assignment, student, notebook):
    return not student.not_graded and notebook in assignment.handed_in(student)


def test_part_1_keeps_its_class():
    part_1 = [
        s for s in MINI_GPT.students if MINI_GPT.notebooks[0] in MINI_GPT.handed_in(s) and s.change != ABSENT
    ]
    both = [s for s in part_1 if MINI_GPT.notebooks[1] in MINI_GPT.handed_in(s)]
    assert len(part_1) >= 42 and len(both) >= 3
    assert len(RIGHT) >= 5 and len(HOSTILE) >= 10 and len(BROKEN) >= 5


@pytest.mark.parametrize("assignment", COURSE, ids=lambda a: a.name)
def test_the_exercises_are_those_of_the_source_notebooks_in_their_order(assignment):
    for notebook in assignment.notebooks:
        path = REPO / "source" / assignment.name / f"{notebook.name}.ipynb"
        cells = [
            c["metadata"].get("nbgrader", {}) for c in json.loads(path.read_text(encoding="utf-8"))["cells"]
        ]
        tests = [(c["grade_id"], c["points"]) for c in cells if c.get("grade") and not c.get("solution")]
        assert tests == [(f"{e.name}_tests", e.points) for e in notebook.exercises]


def test_what_must_be_found_comes_from_the_label_on_the_file_that_is_handed_in(tmp_path):
    course = DemoCourse(tmp_path, REPO)
    for a, student in EVERYBODY:
        for exercise, cell in student.cells.items():
            if cell.solution:
                assert course.answer(a.name, exercise, cell.solution)
            if cell.worth == "full":
                assert cell.solution.startswith("right/")
            if cell.worth == "less":
                assert cell.solution.startswith("wrong/") and course.misconception(
                    a.name, exercise, cell.solution
                )
    with pytest.raises(CourseError, match="does not name its misconception"):
        course.misconception("mini_gpt", "create_causal_mask", right("01_triu").solution)


def test_an_attack_is_measured_against_a_student_of_its_class_with_the_same_wrong_answer(tmp_path):
    course = DemoCourse(tmp_path, REPO)
    for a, student in EVERYBODY:
        for exercise, cell in student.cells.items():
            if cell.worth != "as honest":
                continue
            honest = next(s for s in a.students if s.name == cell.honest).cells[exercise]
            assert honest.worth == "less"
            if cell.solution:
                assert cell.solution == honest.solution
                ast.parse(f"{course.answer(a.name, exercise, cell.solution)}\n{cell.source}")
            else:
                assert "zeros(" in cell.source or "[0.0] * n" in cell.source
                assert honest.solution.endswith("all_zeros")


@pytest.mark.parametrize("assignment", COURSE, ids=lambda a: a.name)
def test_an_attack_that_pays_is_seen(tmp_path, assignment):
    student, exercise = next(
        (s, e) for s in assignment.students for e in assignment.exercises
        if s.cells.get(e.name) and s.cells[e.name].worth == "as honest"
    )  # fmt: skip
    honest = {e.name: Found(e.points, e.points) for e in assignment.exercises}
    honest[exercise.name] = Found(exercise.points / 4, exercise.points)
    for share, seen in [(0.25, False), (0.3, True), (1, True)]:
        paid = honest | {exercise.name: Found(exercise.points * share, exercise.points)}
        found = differences(
            DemoCourse(tmp_path, REPO),
            assignment,
            student,
            {
                student.name: Outcome(True, "", paid),
                student.cells[exercise.name].honest: Outcome(True, "", honest),
            },
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
