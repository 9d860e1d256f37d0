"""The notebooks of lessons 5 and 6: fit for nbgrader, complete in two languages, and they run.

What they give is what the reference holds, letter for letter; the release is made by the real
`nbgrader generate_assignment`, the execution by a real kernel.
"""

import ast
import math
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from in_a_box import run
from nbclient.exceptions import CellExecutionError

from grader.student import lesson as open_lesson
from grader.student.lessons import opened

ROOT = Path(__file__).parents[2]
LESSONS = {
    "lesson5": ROOT / "source" / "lesson5_mini_llm" / "mini_llm.ipynb",
    "lesson6": ROOT / "source" / "lesson6_training" / "training.ipynb",
}
EXERCISES = {
    "lesson5": {
        "count_parameters": 1,
        "forward_llm": 5,
        "apply_temperature": 2,
        "mean_loss": 3,
        "generate": 4,
    },
    "lesson6": {"forward_with_cache": 3, "backward": 8, "sgd_update": 2, "train": 4, "generate": 3},
}
ANSWERS = {"lesson5": {}, "lesson6": {"loss_curve_answer": 2}}
EXPLORED = {
    "lesson5": {"my_embed_dim", "my_start", "my_temperature"},
    "lesson6": {"my_temperature", "my_start"},
}
MINI_LLM = ROOT / "reference" / "pure_python" / "mini_llm.py"
TRAINING = ROOT / "reference" / "pure_python" / "training.py"
MODEL = {"init_params", "mat_vec", "vec_add", "softmax", "relu"}
GIVEN = {
    "lesson5": [(MINI_LLM, MODEL)],
    "lesson6": [
        (MINI_LLM, MODEL | {"apply_temperature"}),
        (TRAINING, {"read_names", "dot", "outer", "mat_t_vec", "zeros_like"}),
    ],
}
# As nbgrader_config.py sets them.
GRADING_PARAMETERS = {"lesson5": "", "lesson6": "EPOCHS, NUM_NAMES, SHOWN = 1, 60, 3"}
ALLOWED_IMPORTS = {"grader.student"} | set(sys.stdlib_module_names)
PICTURES = {"lesson5": 6, "lesson6": 10}  # at least so many
NOT_YET = {"en": "Not yet", "fr": "Pas encore"}

both = pytest.mark.parametrize("lesson", LESSONS)


def read(lesson):
    return nbformat.read(LESSONS[lesson], as_version=4)


def grading(cell):
    return cell.metadata.get("nbgrader", {})


def tags(cell):
    return cell.metadata.get("tags", [])


def code_cells(nb):
    return [cell for cell in nb.cells if cell.cell_type == "code"]


def by_grade_id(nb):
    return {grading(cell)["grade_id"]: (i, cell) for i, cell in enumerate(nb.cells) if grading(cell)}


def definitions(source):
    """Functions and constants of a source, without docstrings and annotations, as comparable text."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            for argument in node.args.args:
                argument.annotation = None
            if ast.get_docstring(node):
                node.body = node.body[1:]
            found[node.name] = ast.dump(node)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = ast.dump(node.value)
    return found


def shorten(lesson, nb):
    where = [i for i, cell in enumerate(nb.cells) if "parameters" in tags(cell)]
    for i in where:
        nb.cells.insert(i + 1, nbformat.v4.new_code_cell(GRADING_PARAMETERS[lesson]))
    return nb


# --- structure -------------------------------------------------------------------------------


@both
def test_the_notebook_is_valid_and_carries_no_outputs(lesson):
    nb = read(lesson)
    nbformat.validate(nb)
    assert (nb.nbformat, nb.nbformat_minor) == (4, 5) and nb.metadata.kernelspec.name == "python3"
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in nb.cells)
    assert max(Counter(cell.id for cell in nb.cells).values()) == 1
    ids = [grading(cell)["grade_id"] for cell in nb.cells if grading(cell)]
    assert len(ids) == len(set(ids))


@both
def test_each_exercise_is_a_banner_a_solution_cell_and_a_test_cell_with_the_points(lesson):
    cells = by_grade_id(read(lesson))
    for exercise, points in EXERCISES[lesson].items():
        where, solution = cells[exercise]
        where_banner, opening = cells[f"{exercise}_banner"]
        where_tests, tests = cells[f"{exercise}_tests"]
        assert where_banner == where - 1 and where_tests == where + 1
        assert opening.source == f'exercise("{exercise}")' and grading(opening)["locked"]
        assert grading(solution)["solution"] and not grading(solution)["grade"]
        assert not grading(solution)["locked"] and grading(tests)["locked"]
        before, _, after = solution.source.partition("### BEGIN SOLUTION")
        assert '"""' in before and "### END SOLUTION" in after, "the contract is told in a docstring"
        assert grading(tests)["grade"] and grading(tests)["points"] == points
        assert tests.source == f'check("{exercise}")'


@both
def test_banners_count_the_exercises_as_the_notebook_does(lesson):
    cells = by_grade_id(read(lesson))
    open_lesson(LESSONS[lesson].parent.name)
    told = {name: exercise.points for name, exercise in opened().exercises.items()}
    assert told == EXERCISES[lesson]
    assert list(told) == sorted(told, key=lambda name: cells[name][0])
    titles = next(cell.source for cell in read(lesson).cells if cell.id == "title-en")
    rows = [line for line in titles.splitlines() if line.startswith("| Exercise ")]
    assert [row.split("`")[1] for row in rows] == list(told)


@both
def test_each_language_opens_the_lesson_before_anything_is_shown(lesson):
    first = code_cells(read(lesson))[:3]
    assert [tags(cell) for cell in first] == [[], ["lang-fr"], ["lang-en"]]
    for language, cell in zip(("fr", "en"), first[1:], strict=True):
        assert cell.source == f'lesson("{LESSONS[lesson].parent.name}", language="{language}")'


@both
def test_nothing_else_carries_points(lesson):
    cells = by_grade_id(read(lesson))
    graded = {grade_id for grade_id, (_, cell) in cells.items() if grading(cell)["grade"]}
    assert graded == {f"{exercise}_tests" for exercise in EXERCISES[lesson]} | set(ANSWERS[lesson])
    for question, points in ANSWERS[lesson].items():
        cell = cells[question][1]
        assert cell.cell_type == "markdown" and grading(cell)["points"] == points
        assert "mark scheme" in cell.source and cell.source.startswith("### BEGIN SOLUTION")


@both
def test_what_is_given_is_what_the_reference_holds(lesson):
    nb = read(lesson)
    mine = {name: text for cell in code_cells(nb) for name, text in definitions(cell.source).items()}
    for path, names in GIVEN[lesson]:
        reference = definitions(path.read_text(encoding="utf-8"))
        constants = {"ALPHABET", "VOCAB_SIZE", "EMBED_DIM", "CONTEXT", "HIDDEN_DIM", "SHAPES"}
        for name in names | (constants if path == MINI_LLM else set()):
            assert mine[name] == reference[name], name
    own = definitions((MINI_LLM if lesson == "lesson5" else TRAINING).read_text(encoding="utf-8"))
    assert all(mine[exercise] == own[exercise] for exercise in EXERCISES[lesson]), "the solutions too"


@both
def test_text_comes_in_pairs_french_then_english(lesson):
    nb = read(lesson)
    text = [cell for cell in nb.cells if cell.cell_type == "markdown" and not grading(cell)]
    assert [tags(cell) for cell in text] == [["lang-fr"], ["lang-en"]] * (len(text) // 2)
    where = {cell.id: i for i, cell in enumerate(nb.cells)}
    for french, english in zip(text[::2], text[1::2], strict=True):
        assert french.id.removesuffix("-fr") == english.id.removesuffix("-en")
        assert where[english.id] == where[french.id] + 1
        # A forgotten paragraph, table row or picture shows as another number of lines.
        assert len(french.source.splitlines()) == len(english.source.splitlines()), french.id
        assert french.source.count("`") == english.source.count("`"), french.id
    last = text[-1].source
    assert all(
        s in last for s in ("microgpt", "kCc8FmEb1nY", "3blue1brown", "1706.03762", "nanoGPT", "Data:")
    )


@both
def test_the_notebook_imports_neither_numpy_nor_torch(lesson):
    for cell in code_cells(read(lesson)):
        for node in ast.walk(ast.parse(cell.source)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            assert set(names) <= ALLOWED_IMPORTS


@both
def test_explore_cells_are_free_and_set_the_names_of_the_course(lesson):
    cells = [cell for cell in read(lesson).cells if "explore" in tags(cell)]
    assert all(
        not grading(cell) and "\nexplore(" in cell.source and "\nverify(" in cell.source for cell in cells
    )
    assert {name for cell in cells for name in definitions(cell.source)} == EXPLORED[lesson]


def test_doubling_multiplies_by_four_what_the_text_says():
    cells = {cell.id: cell.source for cell in read("lesson5").cells}
    sizes = []
    for embed_dim in (16, 32):
        given = {"VOCAB_SIZE": 27, "CONTEXT": 8, "EMBED_DIM": embed_dim, "HIDDEN_DIM": 2 * embed_dim}
        exec(cells["init-params"].partition("\n\n")[0], given)
        sizes.append({name: math.prod(shape) for name, shape in given["SHAPES"].items()})
    times = {name: sizes[1][name] / sizes[0][name] for name in sizes[0]}
    assert set(times.values()) == {2, 4}
    assert [name for name in times if times[name] == 4] == ["Wq", "Wk", "Wv", "W1", "W2"]
    told = cells["explore-embed-dim"]
    assert "The matrices of attention and of the MLP become four times as big" in told
    assert "Les matrices de l'attention et du MLP deviennent quatre fois plus grandes" in told


def test_training_can_be_cut_in_one_tagged_cell():
    (cell,) = [cell for cell in read("lesson6").cells if "parameters" in tags(cell)]
    assert set(definitions(cell.source)) == {"EPOCHS", "LEARNING_RATE", "NUM_NAMES", "SHOWN"}
    assert grading(cell)["locked"]


# --- the public checks -----------------------------------------------------------------------

SOLUTIONS = ROOT / "tests" / "solutions"
# `tests/student` puts every right answer to the public checks; here one of each exercise, among the notebook's own names.
LAST_ANSWERS = [
    pytest.param(lesson, max(folder.glob("*.py")), id=f"{lesson}-{folder.parent.name}")
    for lesson, notebook in LESSONS.items()
    for folder in sorted((SOLUTIONS / notebook.parent.name).glob("*/right"))
]


def run_public_checks(lesson, exercise, source):
    """Run the cells up to an exercise's checks, with another solution; pictures and outings left out."""
    namespace = {"__name__": "__main__"}
    for cell in code_cells(read(lesson)):
        grade_id = grading(cell).get("grade_id", "")
        if grade_id.startswith(("show_", "before_", "first_")) and grade_id != "before_tools":
            continue
        if grade_id:
            text = source if grade_id == exercise else cell.source
            exec(compile(text, grade_id, "exec"), namespace)
        if grade_id == f"{exercise}_tests":
            return
    raise AssertionError(f"no checks for {exercise}")


@pytest.mark.parametrize(("lesson", "path"), LAST_ANSWERS)
def test_the_public_checks_accept_another_right_answer(lesson, path, monkeypatch, capsys):
    monkeypatch.chdir(LESSONS[lesson].parent)
    run_public_checks(lesson, path.parts[-3], path.read_text(encoding="utf-8"))


# --- the release -----------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["fr", "en"])
def release(request, tmp_path_factory):
    """(language, folder): both lessons released in one language by nbgrader, in a course of their own."""
    course = tmp_path_factory.mktemp(f"lessons_{request.param}")
    for path in LESSONS.values():
        shutil.copytree(path.parent, course / "source" / path.parent.name)
    other = {"fr": "en", "en": "fr"}[request.param]
    (course / "nbgrader_config.py").write_text(
        "from nbconvert.preprocessors import TagRemovePreprocessor\n"
        "c = get_config()\n"
        "c.GenerateAssignment.preprocessors.insert(0, TagRemovePreprocessor)\n"
        "c.TagRemovePreprocessor.enabled = True\n"
        f"c.TagRemovePreprocessor.remove_cell_tags = {{'lang-{other}'}}\n"
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for lesson in LESSONS.values():
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", "generate_assignment", lesson.parent.name],
            cwd=course,
            capture_output=True,
            text=True,
            timeout=120,
            env=os.environ | {"PATH": path},
        )
        assert done.returncode == 0, done.stderr
    return request.param, course / "release"


@pytest.mark.slow
@both
def test_an_untouched_release_holds_no_solution_and_stops_at_nothing_but_exercises(release, lesson):
    language, folder = release
    path = folder / LESSONS[lesson].parent.name / LESSONS[lesson].name
    nb = nbformat.read(path, as_version=4)
    text = "\n".join(cell.source for cell in nb.cells)
    assert "BEGIN SOLUTION" not in text and "mark scheme" not in text
    assert {tag for cell in nb.cells for tag in tags(cell) if tag.startswith("lang-")} == {f"lang-{language}"}
    assert text.count("raise NotImplementedError()") >= len(EXERCISES[lesson])
    run(shorten(lesson, nb), path.parent, allow_errors=True)
    checks = {f"{exercise}_tests" for exercise in EXERCISES[lesson]}
    for cell in code_cells(nb):
        errors = [o for o in cell.outputs if o.output_type == "error"]
        assert {e.ename for e in errors} <= {"NotImplementedError", "NameError", "CheckFailed"}
        assert not (errors and "explore" in tags(cell)), "an explore cell never stops the notebook"
        if grading(cell).get("grade_id") in checks:
            (error,) = errors
            assert error.ename == "CheckFailed" and len(error.traceback) == 1, "no wall of traceback"
            (banner,) = [o.data for o in cell.outputs if o.output_type == "display_data"]
            assert NOT_YET[language] in banner["text/html"] and NOT_YET[language] in banner["text/plain"]


# --- execution -------------------------------------------------------------------------------


@pytest.mark.slow
@both
def test_the_notebook_runs_with_its_solutions_and_writes_nothing_to_stderr(lesson):
    nb = run(shorten(lesson, read(lesson)), LESSONS[lesson].parent)
    outputs = [output for cell in nb.cells for output in cell.get("outputs", [])]
    assert [o for o in outputs if o.output_type == "stream" and o.name == "stderr"] == []
    assert not [o for o in outputs if "That did not work" in o.get("text", "")]
    assert not [o for o in outputs if "object>" in o.get("data", {}).get("text/plain", "")], (
        "a picture without words"
    )
    shown = [o.data for o in outputs if o.output_type == "display_data"]
    banners = [data["text/plain"] for data in shown if "data-picture" not in data["text/html"]]
    passed = [text for text in banners if text.startswith("✔ Passed: ")]
    assert len(passed) == len(EXERCISES[lesson]) and "★ ★ ★" in passed[-1]
    assert len(shown) - len(banners) >= PICTURES[lesson]


WRONG = {
    ("lesson5", "count_parameters"): ("context * embed_dim", "0", "position embeddings count too"),
    ("lesson5", "forward_llm"): (
        "x = vec_add(xs[-1], attended)",
        "x = attended",
        "shortcut around attention",
    ),
    ("lesson5", "mean_loss"): ('f".{word}."', 'f".{word}"', "final dot should be a target"),
    ("lesson5", "apply_temperature"): ("(1 / temperature)", "temperature", "This is p ** T"),
    ("lesson5", "generate"): ("ids[1:])", "ids)", "Leave out the leading dot"),
    ("lesson6", "backward"): ("d_logits[target] -= 1.0", "pass", "When W_out"),
    ("lesson6", "sgd_update"): ("lr * g", "g", "lr is missing"),
    ("lesson6", "train"): ('f".{word}."', 'f".{word}"', "final dot should be a target"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("lesson", "exercise"), WRONG)
def test_the_public_checks_see_a_common_mistake(lesson, exercise):
    right, wrong, message = WRONG[lesson, exercise]
    nb = shorten(lesson, read(lesson))
    where, cell = by_grade_id(nb)[exercise]
    assert right in cell.source
    cell.source = cell.source.replace(right, wrong)
    nb.cells = nb.cells[: where + 2]
    with pytest.raises(CellExecutionError) as failed:
        run(nb, LESSONS[lesson].parent)
    assert failed.value.ename == "CheckFailed" and message in failed.value.evalue
