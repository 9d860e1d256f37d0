"""The notebooks of the course: fit for nbgrader, complete in two languages, and they run.

The release is made by the real `nbgrader generate_assignment`, the execution by a real kernel.
"""

import ast
import os
import shutil
import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).parents[2]
MINI_GPT = ROOT / "source" / "mini_gpt"
PART_1 = MINI_GPT / "part1_from_scratch.ipynb"

EXERCISES = {"create_causal_mask": 4, "transformer_decoder": 10, "generate": 6}
ANSWERS = {"why_minus_inf_answer": 2, "temperature_answer": 3}
LANGUAGES = ("fr", "en")
ALLOWED_IMPORTS = {"torch", "matplotlib"} | set(sys.stdlib_module_names)


def read(path=PART_1):
    return nbformat.read(path, as_version=4)


def grading(cell):
    return cell.metadata.get("nbgrader", {})


def tags(cell):
    return cell.metadata.get("tags", [])


def by_grade_id(nb):
    return {grading(cell)["grade_id"]: (i, cell) for i, cell in enumerate(nb.cells) if grading(cell)}


def run(nb, folder):
    NotebookClient(
        nb, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    return nb


def shorten(nb):
    """Override the grading parameters, as the grader does: a cell after the one tagged `parameters`."""
    (where,) = [i for i, cell in enumerate(nb.cells) if "parameters" in tags(cell)]
    nb.cells.insert(where + 1, nbformat.v4.new_code_cell("EPOCHS, MAX_STEPS, SHOWN, SAMPLES = 1, 10, 2, 2"))
    return nb


# --- structure -------------------------------------------------------------------------------


def test_the_notebook_is_valid_and_carries_no_outputs():
    nb = read()
    nbformat.validate(nb)
    assert (nb.nbformat, nb.nbformat_minor) == (4, 5)
    assert nb.metadata.kernelspec.name == "python3" and nb.metadata.language_info.name == "python"
    for cell in nb.cells:
        assert not cell.get("outputs") and cell.get("execution_count") is None


def test_every_cell_has_an_id_of_its_own():
    ids = Counter(cell.id for cell in read().cells)
    assert max(ids.values()) == 1
    grade_ids = Counter(grading(cell)["grade_id"] for cell in read().cells if grading(cell))
    assert max(grade_ids.values()) == 1


def test_all_nbgrader_metadata_is_of_schema_3():
    for cell in read().cells:
        if grading(cell):
            assert grading(cell)["schema_version"] == 3
            assert {"grade", "grade_id", "locked", "solution", "task"} <= set(grading(cell))


@pytest.mark.parametrize("exercise", EXERCISES)
def test_an_exercise_is_a_solution_cell_and_right_after_it_a_test_cell_with_the_points(exercise):
    cells = by_grade_id(read())
    where, solution = cells[exercise]
    where_tests, tests = cells[f"{exercise}_tests"]
    assert where_tests == where + 1
    assert grading(solution)["solution"] and not grading(solution)["grade"]
    assert "### BEGIN SOLUTION" in solution.source and "### END SOLUTION" in solution.source
    assert '"""' in solution.source.partition("### BEGIN SOLUTION")[0], "the contract is told in a docstring"
    assert grading(tests)["grade"] and grading(tests)["locked"] and not grading(tests)["solution"]
    assert grading(tests)["points"] == EXERCISES[exercise]
    assert "HIDDEN TESTS" not in tests.source and "assert" in tests.source


@pytest.mark.parametrize("question", ANSWERS)
def test_a_question_has_one_answer_cell_with_a_mark_scheme(question):
    _, cell = by_grade_id(read())[question]
    assert cell.cell_type == "markdown" and not tags(cell)
    assert grading(cell)["grade"] and grading(cell)["solution"]
    assert grading(cell)["points"] == ANSWERS[question]
    before, _, solution = cell.source.partition("### BEGIN SOLUTION")
    solution, end, after = solution.partition("### END SOLUTION")
    assert end and "mark scheme" in solution and not (before + after).strip()


def test_nothing_else_carries_points():
    graded = {grade_id for grade_id, (_, cell) in by_grade_id(read()).items() if grading(cell)["grade"]}
    assert graded == {f"{exercise}_tests" for exercise in EXERCISES} | set(ANSWERS)


def test_text_comes_in_pairs_french_then_english():
    nb = read()
    text = [cell for cell in nb.cells if cell.cell_type == "markdown" and not grading(cell)]
    assert [tags(cell) for cell in text] == [["lang-fr"], ["lang-en"]] * (len(text) // 2)
    for french, english in zip(text[::2], text[1::2], strict=True):
        assert french.id.removesuffix("-fr") == english.id.removesuffix("-en")
        assert french.source != english.source
        # A forgotten paragraph, table row or picture shows as another number of lines.
        assert len(french.source.splitlines()) == len(english.source.splitlines()), french.id
    where = {cell.id: i for i, cell in enumerate(nb.cells)}
    assert all(where[e.id] == where[f.id] + 1 for f, e in zip(text[::2], text[1::2], strict=True))


def test_training_parameters_can_be_overridden_in_one_tagged_cell():
    (cell,) = [cell for cell in read().cells if "parameters" in tags(cell)]
    names = {target.id for node in ast.parse(cell.source).body for target in node.targets}
    assert names == {"EPOCHS", "MAX_STEPS", "LEARNING_RATE", "SHOWN", "SAMPLES"}
    assert grading(cell)["locked"]


def test_the_notebook_imports_only_pytorch_matplotlib_and_the_standard_library():
    imported = set()
    for cell in read().cells:
        if cell.cell_type == "code":
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Import):
                    imported |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    imported.add(node.module.partition(".")[0])
    assert imported <= ALLOWED_IMPORTS


# --- the corpus ------------------------------------------------------------------------------


def test_the_corpus_is_thousands_of_distinct_names_of_allowed_characters():
    names = (MINI_GPT / "names.txt").read_text(encoding="utf-8").splitlines()
    assert len(names) == len(set(names)) >= 5000
    for name in names:
        assert name == name.strip() and unicodedata.is_normalized("NFC", name)
        assert all(c.isalpha() or c in "-' " for c in name), name
    assert {"Gwen", "Mael"} <= set(names)


def test_the_corpus_is_what_its_script_builds():
    script = ROOT / "corpora" / "make_mini_gpt_names.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


# --- the release -----------------------------------------------------------------------------


@pytest.fixture(scope="module", params=LANGUAGES)
def release(request, tmp_path_factory):
    """(language, folder): a release in one language, made by nbgrader in a course of its own."""
    course = tmp_path_factory.mktemp(f"course_{request.param}")
    shutil.copytree(MINI_GPT, course / "source" / "mini_gpt")
    (other,) = set(LANGUAGES) - {request.param}
    (course / "nbgrader_config.py").write_text(
        "from nbconvert.preprocessors import TagRemovePreprocessor\n"
        "c = get_config()\n"
        "c.GenerateAssignment.preprocessors.insert(0, TagRemovePreprocessor)\n"
        "c.TagRemovePreprocessor.enabled = True\n"
        f"c.TagRemovePreprocessor.remove_cell_tags = {{'lang-{other}'}}\n"
    )
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", "mini_gpt"]
    # nbgrader starts `alembic` by its bare name, so the environment's own bin must be on the path.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command, cwd=course, capture_output=True, text=True, timeout=120, env=os.environ | {"PATH": path}
    )
    assert done.returncode == 0, done.stderr
    return request.param, course / "release" / "mini_gpt"


def test_the_release_speaks_one_language(release):
    language, folder = release
    nb = read(folder / PART_1.name)
    seen = Counter(tag for cell in nb.cells for tag in tags(cell) if tag.startswith("lang-"))
    expected = sum(f"lang-{language}" in tags(cell) for cell in read().cells)
    assert seen == {f"lang-{language}": expected}


def test_the_release_holds_no_solution_and_no_mark_scheme(release):
    _, folder = release
    nb = read(folder / PART_1.name)
    text = "\n".join(cell.source for cell in nb.cells)
    for secret in ("BEGIN SOLUTION", "mark scheme", "torch.triu(", "nn.ModuleList(", "torch.multinomial("):
        assert secret not in text
    cells = by_grade_id(nb)
    for exercise in EXERCISES:
        assert "raise NotImplementedError()" in cells[exercise][1].source
        ast.parse(cells[exercise][1].source)
    for question in ANSWERS:
        assert "YOUR ANSWER HERE" in cells[question][1].source


def test_the_release_ships_the_corpus_and_its_provenance(release):
    _, folder = release
    assert (folder / "names.txt").read_bytes() == (MINI_GPT / "names.txt").read_bytes()
    assert (folder / "NAMES.md").exists()


# --- execution -------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_notebook_runs_with_its_solutions_and_writes_nothing_to_stderr():
    nb = run(shorten(read()), MINI_GPT)
    outputs = [output for cell in nb.cells for output in cell.get("outputs", [])]
    assert [o for o in outputs if o.output_type == "stream" and o.name == "stderr"] == []
    passed = [o for o in outputs if o.output_type == "stream" and "Quick checks passed." in o.text]
    assert len(passed) == len(EXERCISES)
    pictures = [o for o in outputs if "image/png" in o.get("data", {})]
    assert len(pictures) >= 7


@pytest.mark.slow
def test_an_untouched_release_stops_at_the_first_exercise_and_says_so(release):
    _, folder = release
    nb = shorten(read(folder / PART_1.name))
    with pytest.raises(CellExecutionError, match="NotImplementedError"):
        run(nb, folder)


@pytest.mark.slow
def test_an_untouched_release_does_not_hang_when_errors_are_allowed(release):
    _, folder = release
    nb = shorten(read(folder / PART_1.name))
    client = NotebookClient(
        nb,
        timeout=60,
        allow_errors=True,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    errors = {o.ename for cell in nb.cells for o in cell.get("outputs", []) if o.output_type == "error"}
    assert errors == {"NotImplementedError", "NameError"}


WRONG = {
    "create_causal_mask": ("diagonal=1", "diagonal=0", "The diagonal should be 0"),
    "transformer_decoder": ("layer(h, mask)", "layer(h)", "is the mask passed to every block"),
    "generate": ("== char2idx[EOS_TOKEN]", "== char2idx[PAD_TOKEN]", "Gwendal"),
}


@pytest.mark.slow
@pytest.mark.parametrize("exercise", WRONG)
def test_the_quick_checks_see_a_common_mistake(exercise):
    right, wrong, message = WRONG[exercise]
    nb = shorten(read())
    where, cell = by_grade_id(nb)[exercise]
    assert right in cell.source
    cell.source = cell.source.replace(right, wrong)
    nb.cells = nb.cells[: where + 2]
    with pytest.raises(CellExecutionError, match=message):
        run(nb, MINI_GPT)
