"""The explore cells of all notebooks ("Your turn to play").

Whatever a student types there, and whatever is still to be written above, they do not stop the
notebook; and they are green only where what they say is true.

The cells run in a real kernel: each notebook once with its solutions, every cell followed by copies of
itself with other values, and once without any solution.
"""

import ast
import re
from pathlib import Path

import nbformat
import pytest
from in_a_box import run

ROOT = Path(__file__).parents[2]
NOTEBOOKS = {path.stem: path for path in sorted(ROOT.glob("source/*/*.ipynb"))}
# What makes the notebook's own training short.
SHORTER = {
    "embeddings": "EPOCHS, SHOWN = 2, 2",
    "training": "EPOCHS, NUM_NAMES, SHOWN = 1, 20, 2",
    "part1_from_scratch": "EPOCHS, MAX_STEPS, SHOWN, SAMPLES = 1, 10, 2, 2",
    "part2_gpt2": "EPOCHS, MAX_STEPS, SHOWN, SAMPLES = 1, 10, 2, 2",
}
GREEN, YELLOW = "✔ Passed", "⚠ Not yet"
SURE = {"my_start": '"Long ago, the miller went back"'}  # where part 2's top-p keeps few tokens

# Notebook -> cell, values, does it work?, answer.
PLAYED = {
    "embeddings": [
        ("play-step", {"my_lr": "100"}, True, GREEN),
        ("play-step", {"my_lr": "None"}, False, YELLOW),
        ("play-names", {"my_seed": "7"}, True, GREEN),
        ("play-names", {"my_seed": "[1]"}, False, YELLOW),
    ],
    "attention": [
        ("play-heads", {"my_num_heads": "4"}, True, YELLOW),
        ("play-heads", {"my_num_heads": "3"}, False, GREEN),
        ("play-heads", {"my_num_heads": "0"}, False, YELLOW),
    ],
    "mini_llm": [
        ("explore-start", {"my_start": '".alexandr"'}, True, GREEN),
        ("explore-start", {"my_start": '"éééééééééé"'}, True, GREEN),
        ("explore-start", {"my_start": '"日日日日日日日日日日"'}, True, YELLOW),
        ("explore-start", {"my_start": "5"}, False, YELLOW),
        ("explore-temperature", {"my_start": '".Noël"', "my_temperature": "2.0"}, True, GREEN),
        ("explore-temperature", {"my_temperature": '"2"'}, False, YELLOW),
    ],
    "training": [
        ("explore-after", {"my_start": '".xq"'}, True, GREEN),
        ("explore-after", {"my_start": '".Zoé"'}, True, YELLOW),
        ("explore-after", {"my_start": '".Noël"'}, True, YELLOW),
        ("explore-after", {"my_start": '"É"'}, True, YELLOW),
        ("explore-after", {"my_start": '".xq"', "my_temperature": "0"}, False, YELLOW),
        ("explore-after", {"my_start": "5"}, False, YELLOW),
    ],
    "part1_from_scratch": [
        ("play-mask", {"my_name": "5"}, False, YELLOW),
        ("play-mask", {"my_name": '"Zoé"', "my_guess": "3"}, True, GREEN),
        ("play-training", {"my_more_epochs": '"3"'}, False, YELLOW),
        ("play-training", {"my_more_epochs": "2.5"}, False, YELLOW),
        ("play-training", {"my_more_epochs": "2"}, True, GREEN),
        ("play-prompt", {"my_prompt": "5"}, False, YELLOW),
        ("play-prompt", {"my_prompt": '"日本"'}, True, YELLOW),  # the model is not given these at all
        ("play-prompt", {"my_prompt": '"Xq"'}, True, YELLOW),  # nor these: no name has them
        ("play-prompt", {"my_prompt": '"Zb日"'}, True, GREEN),
        ("play-prompt", {"my_prompt": "'" + "Zb" * 60 + "'"}, False, YELLOW),  # longer than max_len
        ("play-temperature", {"my_temperature": '"0.1"'}, False, YELLOW),
        ("play-temperature", {"my_temperature": "0"}, True, GREEN),
        ("play-temperature", {"my_temperature": "5"}, True, YELLOW),
    ],
    "part2_gpt2": [
        ("play-tokens", {"my_text": "5"}, False, YELLOW),
        ("play-tokens", {"my_text": '"日本"'}, True, GREEN),
        ("play-filters", SURE, True, GREEN),
        ("play-filters", SURE | {"my_k": "2.5"}, False, YELLOW),
        ("play-filters", SURE | {"my_p": '"0.8"'}, False, YELLOW),
        ("play-filters", {"my_start": "5"}, False, YELLOW),
        ("play-prompt", {"my_prompt": "5"}, False, YELLOW),
        ("play-prompt", {"my_prompt": '"One morning,"'}, True, GREEN),
        ("play-settings", {"my_settings": '{"temperature": 1, "penalty": 5}'}, False, YELLOW),
        ("play-settings", {"my_settings": '{"temperature": 0, "repetition_penalty": 5}'}, False, YELLOW),
        ("play-settings", {"my_settings": '{"repetition_penalty": 0.5}'}, True, GREEN),
        ("play-settings", {"my_settings": "5"}, False, YELLOW),
    ],
}

each_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS)


def read(notebook):
    """The notebook, its training made short."""
    nb = nbformat.read(NOTEBOOKS[notebook], as_version=4)
    for i, cell in enumerate(nb.cells):
        if re.search(r"^(EPOCHS|SHOWN) = ", cell.source, re.MULTILINE):
            nb.cells.insert(i + 1, nbformat.v4.new_code_cell(SHORTER[notebook]))
            break
    return nb


def explore_cells(nb):
    return [cell for cell in nb.cells if cell.cell_type == "code" and re.match("(play|explore)-", cell.id)]


def with_values(cell, values):
    """A copy of an explore cell in which other values are typed."""
    source = cell.source
    for name, value in values.items():
        source, count = re.subn(rf"(?m)^{name} = .*$", f"{name} = {value}", source)
        assert count == 1, name
    return nbformat.v4.new_code_cell(source)


def printed(cell):
    return "".join(o.text for o in cell.outputs if o.output_type == "stream")


def answer(cell):
    """What `verify` says: the last thing that an explore cell shows."""
    return [o.data["text/plain"] for o in cell.outputs if "data" in o][-1]


@each_notebook
def test_an_explore_cell_is_values_then_explore_then_verify(notebook):
    cells = explore_cells(read(notebook))
    assert len(cells) >= 2
    for cell in cells:
        *values, explore, verify = ast.parse(cell.source).body
        assert all(ast.literal_eval(node.value) is not None for node in values), cell.id
        assert all(node.targets[0].id.startswith("my_") for node in values), cell.id
        assert explore.value.func.id == "explore" and verify.value.func.id == "verify"
        # Nothing that may fail is worked out before `explore` and `verify` can catch it.
        assert isinstance(verify.value.args[0], ast.Lambda), cell.id
        assert all(isinstance(arg, ast.Name | ast.Constant) for arg in explore.value.args), cell.id
        words = [node for arg in verify.value.args[1:] for node in ast.walk(arg)]
        assert all(isinstance(n.value, ast.Name) for n in words if isinstance(n, ast.FormattedValue)), cell.id


@pytest.mark.slow
@each_notebook
def test_playing_never_stops_the_notebook_and_is_answered_with_the_truth(notebook):
    nb = read(notebook)
    copies = []
    for name, values, works, told in PLAYED[notebook]:
        (where,) = [i for i, cell in enumerate(nb.cells) if cell.id == name]
        copy = with_values(nb.cells[where], values)
        nb.cells.insert(where + 1, copy)
        copies.append((copy, name, values, works, told))
    run(nb, NOTEBOOKS[notebook].parent)
    for copy, name, values, works, told in copies:
        assert ("nothing is broken" in printed(copy)) == (not works), (name, values, printed(copy))
        assert answer(copy).startswith(told), (name, values, answer(copy))
        assert not re.search(r"[-−]0[.,]0+\b", printed(copy)), (name, values, printed(copy))


@pytest.mark.slow
@each_notebook
def test_an_explore_cell_does_not_stop_the_notebook_before_the_exercises_are_solved(notebook):
    nb = read(notebook)
    for cell in nb.cells:
        cell.source = re.sub(
            r"( *)### BEGIN SOLUTION.*?### END SOLUTION",
            r"\1raise NotImplementedError()",
            cell.source,
            flags=re.DOTALL,
        )
    run(nb, NOTEBOOKS[notebook].parent, allow_errors=True)
    for cell in explore_cells(nb):
        assert not [o for o in cell.outputs if o.output_type == "error"], cell.id
        assert GREEN not in answer(cell), cell.id


@pytest.mark.slow
def test_three_heads_are_green_only_if_the_students_function_refuses_them():
    nb = read("attention")
    (solution,) = [cell for cell in nb.cells if cell.id == "multi-head-attention"]
    assert solution.source.count("raise ValueError") == 1
    solution.source = solution.source.replace("raise ValueError", "return repr")
    nb.cells = [cell for cell in nb.cells if cell.id != "multi-head-attention-tests"]
    (where,) = [i for i, cell in enumerate(nb.cells) if cell.id == "play-heads"]
    nb.cells[where] = with_values(nb.cells[where], {"my_num_heads": "3"})
    nb.cells = nb.cells[: where + 1]
    assert answer(run(nb, NOTEBOOKS["attention"].parent).cells[-1]).startswith(YELLOW)
