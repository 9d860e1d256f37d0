"""The notebooks of the course: fit for nbgrader, complete in two languages, and they run.

The release is made by the real `nbgrader generate_assignment`, the execution by a real kernel.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from in_a_box import run
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).parents[2]
MINI_GPT = ROOT / "source" / "mini_gpt"
PART_1 = MINI_GPT / "part1_from_scratch.ipynb"

EXERCISES = {"create_causal_mask": 4, "transformer_decoder": 10, "generate": 6}
ANSWERS = {"why_minus_inf_answer": 2, "temperature_answer": 3}
LANGUAGES = ("fr", "en")
ALLOWED_IMPORTS = {"torch", "IPython", "grader"} | set(sys.stdlib_module_names)


def read(path=PART_1):
    return nbformat.read(path, as_version=4)


def grading(cell):
    return cell.metadata.get("nbgrader", {})


def tags(cell):
    return cell.metadata.get("tags", [])


def by_grade_id(nb):
    return {grading(cell)["grade_id"]: (i, cell) for i, cell in enumerate(nb.cells) if grading(cell)}


def run_as_at_home(nb, folder):
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(nb, timeout=300, kernel_name="python3", resources=resources).execute()
    return nb


def banner_below(cell):
    """What a check has said, as text."""
    return "\n".join(output.data["text/plain"] for output in cell.outputs if "data" in output)


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
    assert tests.source == f'check("{exercise}")'
    banner = read().cells[where - 1]
    assert banner.source == f'exercise("{exercise}")' and grading(banner)["locked"]


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


def test_the_notebook_imports_only_pytorch_what_students_get_and_the_standard_library():
    imported = set()
    for cell in read().cells:
        if cell.cell_type == "code":
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Import):
                    imported |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    imported.add(node.module.partition(".")[0])
    assert imported <= ALLOWED_IMPORTS


# --- one language a page -----------------------------------------------------------------------

NOTEBOOKS = sorted(ROOT.glob("source/*/*.ipynb"))
# Names of libraries and variables, and words of the field that both languages use.
BOTH = {"BOS", "EOS", "Gwen", "PyTorch", "hugo", "logits", "tokens", "transformers", "sqrt"}


def printed(path):
    """The calls of print and tell in the cells that are given."""
    for cell in read(path).cells:
        if cell.cell_type == "code" and not grading(cell).get("solution"):
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("print", "tell"):
                    yield node


def literals(node):
    """The text of a call's strings, without what is chosen by the language and without names of keys."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("say", "written"):
        return
    if isinstance(node, ast.Subscript) or (
        isinstance(node, ast.IfExp) and "language" in ast.unparse(node.test)
    ):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from literals(child)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_printed_is_in_the_language_of_the_page(path):
    for call in printed(path):
        if call.func.id == "print":
            words = set(re.findall(r"[A-Za-z]{3,}", " ".join(literals(call))))
            assert words <= BOTH, ast.unparse(call)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_numbers_in_french_sentences_have_a_comma(path):
    for call in printed(path):
        for value in [n for n in ast.walk(call) if isinstance(n, ast.FormattedValue) and n.format_spec]:
            form = "".join(literals(value.format_spec))
            assert not re.search(r"[1-9]f|,|%", form), f"{ast.unparse(call)}: written(number, {form!r})"


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
    nb = shorten(read())
    # Importing Matplotlib takes longer than drawing all the pictures.
    nb.cells.append(nbformat.v4.new_code_cell("import sys\nassert 'matplotlib' not in sys.modules"))
    run_as_at_home(nb, MINI_GPT)
    outputs = [output for cell in nb.cells for output in cell.get("outputs", [])]
    assert [o for o in outputs if o.output_type == "stream" and o.name == "stderr"] == []
    assert not [o for o in outputs if "object>" in o.get("data", {}).get("text/plain", "")], (
        "a picture without words"
    )
    shown = [o.data["text/plain"] for o in outputs if "text/plain" in o.get("data", {})]
    assert sum(text.startswith("✔ Passed: ") for text in shown) == len(EXERCISES)
    assert any("3 of 3 exercises done" in text and "Congratulations" in text for text in shown)
    for title in ("What may each position look at?", "The model: 159,497 parameters", "Mean loss of an epoch",
                  "Who looks at whom?", "Map of the letters", "After Ma, T = 2.0"):  # fmt: skip
        assert any(text.startswith(title) for text in shown), title


EXPLORED = {
    "play-mask": ("my_guess = 0", "my_guess = 21", "Passed. 21 it is"),
    "play-training": ("my_more_epochs = 0", "my_more_epochs = 3", "Passed. Lower still"),
    "play-prompt": ('my_prompt = "Bran"', 'my_prompt = "Zb"', "Passed. Never seen"),
    "play-temperature": ("my_temperature = 0.7", "my_temperature = 0.001", "Passed. No chance left"),
}


@pytest.mark.slow
def test_an_explore_cell_says_when_it_was_found():
    nb = shorten(read())
    cells = {cell.id: cell for cell in nb.cells}
    for name, (given, found, _) in EXPLORED.items():
        assert given in cells[name].source
        cells[name].source = cells[name].source.replace(given, found)
    run(nb, MINI_GPT)
    for name, (_, _, answer) in EXPLORED.items():
        said = [o.data["text/plain"] for o in cells[name].outputs if "data" in o]
        assert any(answer in text for text in said), (name, said)


@pytest.mark.slow
def test_an_untouched_release_stops_at_the_first_exercise_and_says_so(release):
    language, folder = release
    nb = shorten(read(folder / PART_1.name))
    with pytest.raises(CellExecutionError, match=r"not yet, see above|pas encore, voir ci-dessus"):
        run(nb, folder)
    said = banner_below(by_grade_id(nb)["create_causal_mask_tests"][1])
    assert {"en": "is still to be written", "fr": "reste à écrire"}[language] in said


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
    assert errors == {"NotImplementedError", "NameError", "CheckFailed"}


WRONG = {
    "create_causal_mask": ("diagonal=1", "diagonal=0", "The diagonal is masked"),
    "transformer_decoder": (
        "layer(h, mask)",
        "layer(h)",
        "is the causal mask right, and given to every block",
    ),
    "generate": ("== char2idx[EOS_TOKEN]", "== char2idx[PAD_TOKEN]", "The parrot says Gwen, then EOS"),
}


@pytest.mark.slow
@pytest.mark.parametrize("exercise", WRONG)
def test_the_checks_see_a_common_mistake(exercise):
    right, wrong, message = WRONG[exercise]
    nb = shorten(read())
    where, cell = by_grade_id(nb)[exercise]
    assert right in cell.source
    cell.source = cell.source.replace(right, wrong)
    nb.cells = nb.cells[: where + 2]
    with pytest.raises(CellExecutionError, match="not yet, see above"):
        run(nb, MINI_GPT)
    assert message in banner_below(nb.cells[-1])


@pytest.mark.slow
def test_a_wrong_mask_is_shown_as_it_is():
    nb = shorten(read())
    where, cell = by_grade_id(nb)["create_causal_mask"]
    cell.source = cell.source.replace("diagonal=1", "diagonal=0")
    last, _ = by_grade_id(nb)["masked_attention"]
    nb.cells = [
        c for i, c in enumerate(nb.cells[: last + 1]) if i != where + 1
    ]  # the check stops, not the picture
    shown = run(nb, MINI_GPT).cells[-1].outputs
    assert any("G (1) may look at nothing." in o.data["text/html"] for o in shown)
    assert any("nan" in o.data["text/html"] for o in shown), "softmax of a row that is hidden altogether"
