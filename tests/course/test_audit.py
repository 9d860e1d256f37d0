"""`grader audit` finds each kind of flaw where one is planted, and nothing where there is none.

The made-up course ``tiny`` has an exercise a flaw.  Its source notebook would raise in a cell that draws a picture
and sleep for minutes in a training run: both must be left out of what an answer is graded with.
"""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from grader.audit.collected import HiddenTest
from grader.audit.points import points_flaws
from grader.audit.shortened import ROLE, ShortNotebook, names_asked_for, names_in

from .tiny_course import REPOSITORY, cell_of, graded

GRADER = Path(sys.executable).parent / "grader"
CONFIG = 'c = get_config()\nc.CourseDirectory.course_id = "tiny"\n'
NASTY = "<script>alert(1)</script>"

HIDDEN = {
    # catches its wrong answer and names it
    "double": """
@pytest.mark.points(3)
def test_values(student):
    answers = student.calls("double", [((n,), {}) for n in (0, 3, 5)])
    values = [a.value for a in answers]
    if values == [0, 9, 25]:
        fail("it squares", "il élève au carré", "squared", Text("That is the square.", "C'est le carré."))
    assert values == [0, 6, 10], "two times the number"
""",
    # refuses floats for no reason, looks at positive numbers only, and has a test that nothing fails
    "square": """
def test_three(student):
    assert repr(student.square(3).value) == "9", "nine, and nothing else"

def test_it_exists(student):
    assert student.kind("square") != "missing"
""",
    # needs the earlier exercise, a given constant, a file; its own test cell says something else
    "scaled": """
def test_scaled(student):
    assert student.scaled(2).value == 2 * 2 * 3, "SCALE times the double"
""",
    "broken": """
def test_broken(student):
    raise RuntimeError("the test itself is wrong")
""",
    "nowhere": """
def test_nowhere(student):
    assert student.nowhere() == 1
""",
}

ANSWERS = {
    "double/right/01_product": "# style: product\ndef double(x):\n    return 2 * x",
    "double/right/02_sum": "# style: sum\ndef double(x):\n    return x + x",
    "double/wrong/01_squared": "# misconception: squared\n# why: two where x is meant\ndef double(x):\n    return x * x",
    "square/right/01_product": "# style: product\ndef square(x):\n    return x * x",
    "square/right/02_float": "# style: float\ndef square(x):\n    return float(x * x)",
    "square/wrong/01_keeps_the_sign": "# misconception: keeps_the_sign\ndef square(x):\n    return x * abs(x)",
    "square/wrong/02_raises": f"# misconception: raises\ndef square(x):\n    raise ValueError('{NASTY}')",
    "scaled/right/01_plain": "# style: plain\ndef scaled(x):\n    return SCALE * double(x)",
    "scaled/wrong/01_no_scale": "# misconception: no_scale\ndef scaled(x):\n    return double(x)",
    "broken/right/01_any": "# style: any\ndef broken():\n    return 1",
    "nowhere/right/01_any": "# style: any\ndef nowhere():\n    return 1",
    "lonely/wrong/01_any": "# misconception: none\ndef lonely():\n    return 1",
}


def source_notebook() -> Any:
    """The instructor version of tiny."""

    def given(source: str, name: str) -> Any:
        return graded("code", name, source, locked=True)

    def exercise(name: str, arguments: str, value: str, check: str, points: float) -> list[Any]:
        solution = (
            f"def {name}({arguments}):\n    ### BEGIN SOLUTION\n    return {value}\n    ### END SOLUTION"
        )
        return [
            graded("code", name, solution, solution=True),
            graded("code", f"{name}_tests", check, points, locked=True),
        ]

    return new_notebook(
        cells=[
            given("import time\nfrom pathlib import Path", "setup"),
            given("SCALE = int(Path('scale.txt').read_text())", "scale"),
            given("raise RuntimeError('a picture that cannot be drawn')", "picture"),
            *exercise("double", "x", "2 * x", "example = 4\nassert double(2) == example", 3),
            given("time.sleep(300)\nlosses = [1.0]", "training"),
            *exercise("square", "x", "x * x", "assert type(square(2)) is int", 4),
            # `example` comes from the test cell of an earlier exercise
            *exercise("scaled", "x", "SCALE * double(x)", "assert scaled(2) == 3 * example", 1),
            *exercise("broken", "", "1", "assert broken() == 1", 1),
            *exercise("lonely", "", "1", "assert lonely() == 1", 1),
        ]
    )


def run_audit(folder: Path, *arguments: str) -> tuple[int, str, dict[str, Any]]:
    """Exit code, what was printed, and the JSON file of a real `grader audit`."""
    made = folder / "audit.json"
    made.unlink(missing_ok=True)
    done = subprocess.run(
        [str(GRADER), "audit", "--jobs", "2", "--json", str(made), "--html", str(folder / "audit.html"), *arguments],
        cwd=folder if (folder / "nbgrader_config.py").exists() else REPOSITORY,
        env={**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=280,
    )  # fmt: skip
    report = json.loads(made.read_text(encoding="utf-8")) if made.exists() else {}
    return done.returncode, done.stdout + done.stderr, report


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up course, on disk."""
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "nbgrader_config.py").write_text(CONFIG)
    (folder / "source/tiny").mkdir(parents=True)
    (folder / "tests/hidden/tiny").mkdir(parents=True)
    nbformat.write(source_notebook(), folder / "source/tiny/lesson.ipynb")
    (folder / "source/tiny/scale.txt").write_text("3\n")
    head = "import pytest\nfrom grader.checks import fail\nfrom grader.text import Text\n"
    for name, tests in HIDDEN.items():
        mark = f'pytestmark = pytest.mark.exercise("{name}")\n'
        (folder / f"tests/hidden/tiny/test_{name}.py").write_text(head + mark + tests)
    for name, source in ANSWERS.items():
        path = folder / f"tests/solutions/tiny/{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return folder


@pytest.fixture(scope="module")
def audited(tiny: Path, zygote: str) -> tuple[int, str, dict[str, Any], str]:
    """One audit of the whole made-up course: exit code, output, JSON, page."""
    os.environ["GRADER_ZYGOTE"] = zygote
    try:
        code, output, report = run_audit(tiny, "tiny")
    finally:
        del os.environ["GRADER_ZYGOTE"]
    assert report, output
    return code, output, report, (tiny / "audit.html").read_text(encoding="utf-8")


def flaws(report: dict[str, Any], exercise: str) -> dict[str, list[str]]:
    """Flaws of an exercise by kind."""
    found: dict[str, list[str]] = {}
    for flaw in report["flaws"]:
        if flaw["exercise"] == exercise:
            found.setdefault(flaw["kind"], []).append(flaw["text"])
    return found


def exercise_of(report: dict[str, Any], name: str) -> dict[str, Any]:
    return next(e for e in report["exercises"] if e["exercise"] == name)


# -- what an audit of the made-up course says --------------------------------------------------------


@pytest.mark.slow
def test_a_clean_exercise_has_no_flaw_and_its_matrix_names_the_misconception(audited):
    report = audited[2]
    double = exercise_of(report, "double")
    assert flaws(report, "double") == {}
    assert double["figures"] == {"right": 2, "accepted": 2, "wrong": 1, "caught": 1, "named": 1}
    assert [w["marks"] for w in double["wrong"]] == [{"test_values": "named"}]
    assert double["points"] == 3 and double["tests"][0]["alone"] == ["01_squared"]


@pytest.mark.slow
def test_a_right_answer_that_loses_a_point_is_found(audited):
    code, _, report, _ = audited
    assert code == 1 and report["failed"]
    assert flaws(report, "square")["right loses"] == [
        "right/02_float: 2 of 4; test_three: nine, and nothing else"
    ]


@pytest.mark.slow
def test_a_wrong_answer_that_loses_none_is_found(audited):
    found = flaws(audited[2], "square")["wrong escapes"]
    assert found == ["wrong/01_keeps_the_sign (keeps_the_sign) keeps its points"]


@pytest.mark.slow
def test_a_wrong_answer_that_is_not_told_its_misconception_is_found(audited):
    assert "told no misconception" in flaws(audited[2], "square")["not told"][0]
    assert "its header says no_scale" in flaws(audited[2], "scaled")["not told"][0]


@pytest.mark.slow
def test_a_hidden_test_that_catches_nothing_is_found(audited):
    assert flaws(audited[2], "square")["dead test"] == ["test_it_exists fails none of 2 wrong answers"]


@pytest.mark.slow
def test_a_visible_check_that_refuses_a_right_answer_is_found(audited):
    report = audited[2]
    assert [t.split(":")[0] for t in flaws(report, "square")["check"]] == ["right/02_float"]
    wrong = {w["name"]: w["visible_check"] for w in exercise_of(report, "square")["wrong"]}
    assert wrong == {"01_keeps_the_sign": "passed", "02_raises": "failed"}


@pytest.mark.slow
def test_earlier_solutions_given_cells_and_files_are_there_and_pictures_are_not(audited):
    """Also what the visible check takes from an earlier exercise's test cell."""
    scaled = exercise_of(audited[2], "scaled")
    assert scaled["figures"]["accepted"] == 1
    assert [r["visible_check"] for r in scaled["right"]] == ["passed"]
    assert scaled["right"][0]["seconds"] < 60


@pytest.mark.slow
def test_a_hidden_test_at_fault_is_no_verdict_on_the_answer(audited):
    found = flaws(audited[2], "broken")
    assert found["fault"] == [
        "right/01_any: hidden test test_broken is at fault: RuntimeError: the test itself is wrong"
    ]
    assert "right loses" not in found


@pytest.mark.slow
def test_exercises_whose_cells_and_hidden_tests_do_not_meet_are_found(audited):
    report = audited[2]
    assert flaws(report, "nowhere")["points"] == [
        "has hidden tests, but no source notebook has a test cell for it"
    ]
    assert "no source notebook has the cells" in flaws(report, "nowhere")["fault"][0]
    assert flaws(report, "lonely") == {
        "points": ["has a test cell, but no hidden tests"],
        "unproved": ["has no hidden tests; 1 answers were not tried"],
    }


@pytest.mark.slow
def test_the_terminal_ends_with_the_three_figures(audited):
    lines = audited[1].rstrip().splitlines()
    assert lines[-3:] == [
        "right answers accepted: 4 of 7",
        "misconceptions caught: 3 of 4",
        "misconceptions named: 1 of 4",
    ]
    assert any(re.fullmatch(r"  test_three\s+·○  1", line) for line in lines)


@pytest.mark.slow
def test_the_page_is_whole_runs_no_script_and_says_each_mark_in_words(audited):
    page = audited[3]

    assert "<script" not in page and not re.findall(r'(?:src|href)="(?!#)', page)
    assert NASTY not in page and "&lt;script&gt;" in page
    marks = re.findall(r'<td class="m" title="[^"]*"><span class="mark [a-z]+" aria-hidden="true">', page)
    assert len(marks) == 1 + 4 + 1  # of double, square, scaled
    assert page.count("fails it, without naming the misconception</span>") == 2
    assert "test_three catches 1 of 2" in page


# -- exit codes and options --------------------------------------------------------------------------


@pytest.mark.slow
def test_a_clean_audit_exits_with_zero_also_without_a_box_when_told_so_by_name(tiny):
    code, output, report = run_audit(tiny, "tiny", "--only", "double", "--sandbox", "none", "--strict")
    assert code == 0, output
    assert "without any box" in output and report["boxed"] is False
    assert [e["exercise"] for e in report["exercises"]] == ["double"]
    assert report["flaws"] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("nothing",), "there are no answers"), (("tiny", "--only", "dubble"), "no answers for dubble")],
)
def test_what_is_not_there_is_an_error_of_its_own(tiny, arguments, said):
    code, output, report = run_audit(tiny, *arguments)
    assert code == 2 and said in output and not report


@pytest.mark.slow
def test_the_real_create_causal_mask_is_audited_clean(tmp_path):
    code, output, report = run_audit(tmp_path, "mini_gpt", "--only", "create_causal_mask", "--strict")
    assert code == 0, output
    library = REPOSITORY / "tests/solutions/mini_gpt/create_causal_mask"
    right, wrong = (len(list((library / kind).glob("*.py"))) for kind in ("right", "wrong"))
    assert report["figures"] == {
        "right": right, "accepted": right, "wrong": wrong, "caught": wrong, "named": wrong,
    }  # fmt: skip


# -- parts -------------------------------------------------------------------------------------------


def test_points_that_differ_from_what_students_are_told_are_found():
    path = REPOSITORY / "source/mini_gpt/part1_from_scratch.ipynb"
    nb = nbformat.read(path, as_version=4)
    hidden = [HiddenTest("create_causal_mask", "test_values", 4.0)]
    assert "create_causal_mask" not in {
        f.exercise for f in points_flaws("mini_gpt", {"p": nb}, hidden, {"create_causal_mask"})
    }
    changed = copy.deepcopy(nb)
    cell_of(changed, "create_causal_mask_tests").metadata["nbgrader"]["points"] = 5
    found = [
        f.text
        for f in points_flaws("mini_gpt", {"p": changed}, hidden, {"create_causal_mask"})
        if f.exercise == "create_causal_mask"
    ]
    assert found == ["its test cell is worth 5 points, students are told 4 (grader.student)"]


@pytest.mark.parametrize(
    ("source", "binds", "reads"),
    [
        ("import a.b\nfrom c import d as e", {"a", "e"}, set()),
        ("x = f(y)\nx + z", {"x"}, {"f", "y", "z"}),
        ("def g(n):\n    local = n\n    return local + given", {"g"}, {"given"}),
        ("for i in items:\n    total += i", {"i"}, {"items"}),
        ("losses += [1]", {"losses"}, {"losses"}),
        ("W = W + 1", {"W"}, {"W"}),
        ("params['W'] = 0", {"params"}, {"params"}),
        ("%matplotlib inline\n[v for v in vs]", set(), {"get_ipython", "vs"}),
    ],
)
def test_names_that_a_cell_binds_and_reads(source, binds, reads):
    names = names_in(source)
    assert names is not None
    assert binds <= names.binds and names.binds - binds <= {"total"}
    assert reads <= names.reads and names.reads - reads <= {"total"}


def test_a_cell_that_is_no_python_has_no_names():
    assert names_in("def (:") is None


def test_cells_of_the_other_language_and_calls_that_draw_are_left_out_and_calls_that_set_stay():
    nb = source_notebook()
    setup = new_code_cell("from grader.student import lesson, show_bars\nimport random")
    french = new_code_cell("lesson('tiny', language='fr')", metadata={"tags": ["lang-fr"]})
    english = new_code_cell("lesson('tiny', language='en')", metadata={"tags": ["lang-en"]})
    nb.cells[:0] = [
        setup,
        french,
        english,
        new_code_cell("random.seed(1)"),
        new_code_cell("show_bars(words)"),
    ]
    for language in ("en", "fr"):
        short = ShortNotebook(nb, "double", (), language).with_answer("pass")
        given = [c["source"] for c in short["cells"] if c["metadata"][ROLE] == "given"]
        assert given[1:] == [f"lesson('tiny', language='{language}')", "random.seed(1)"]


def test_the_names_that_hidden_tests_reach_are_those_of_their_student_and_their_texts(tmp_path):
    (tmp_path / "test_x.py").write_text('def test(student):\n    student.f(other.g, "h", "no name")\n')
    assert names_asked_for(tmp_path) == {"f", "h"}


def test_a_short_notebook_keeps_what_is_needed_in_order():
    nb = source_notebook()
    nb.cells.insert(2, new_code_cell("unused = 1"))
    short = ShortNotebook(nb, "scaled", {"SCALE", "double"}).with_answer("scaled = None")
    kept = [(c["metadata"][ROLE], c["source"].split("\n")[0]) for c in short["cells"]]
    assert kept == [
        ("given", "import time"),
        ("given", "SCALE = int(Path('scale.txt').read_text())"),
        ("given", "def double(x):"),
        ("answer", "scaled = None"),
        ("tests", "assert scaled(2) == 3 * example"),
        ("helper", "example = 4"),
        ("check", "assert scaled(2) == 3 * example"),
    ]
