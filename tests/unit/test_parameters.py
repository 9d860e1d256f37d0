"""Grading parameters: a cell behind the one tagged `parameters`, and nothing else changes."""

import copy

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from grader.engine.parameters import inject


def notebook():
    cells = [new_code_cell("import torch"), new_code_cell("EPOCHS = 50"), new_code_cell("train(EPOCHS)")]
    cells[1].metadata["tags"] = ["parameters"]
    return new_notebook(cells=cells)


def sources(nb):
    return [c["source"] for c in nb["cells"]]


def test_the_values_come_after_the_students_own():
    injected = inject(notebook(), {"EPOCHS": 2, "NAME": "x'y"})
    assert sources(injected)[2] == '# Set for grading\nEPOCHS = 2\nNAME = "x\'y"'
    assert len(injected["cells"]) == 4
    nbformat.validate(nbformat.from_dict(injected))


def test_the_notebook_itself_is_not_changed():
    nb = notebook()
    before = copy.deepcopy(nb)
    inject(nb, {"EPOCHS": 2})
    assert nb == before


def test_without_a_tagged_cell_or_parameters_nothing_is_added():
    nb = notebook()
    assert sources(inject(nb, {})) == sources(nb)
    nb.cells[1].metadata["tags"] = []
    assert sources(inject(nb, {"EPOCHS": 2})) == sources(nb)


def test_twice_is_as_once():
    once = inject(notebook(), {"EPOCHS": 2})
    assert sources(inject(once, {"EPOCHS": 2})) == sources(once)


def test_only_the_first_tagged_cell_counts():
    nb = notebook()
    nb.cells[2].metadata["tags"] = ["parameters"]
    assert sources(inject(nb, {"EPOCHS": 2})).count("# Set for grading\nEPOCHS = 2") == 1


def test_a_grade_cell_that_pretends_to_be_injected_stays():
    nb = notebook()
    nb.cells[2].metadata.update(
        {"tags": ["injected-parameters"], "nbgrader": {"grade": True, "grade_id": "t"}}
    )
    assert "train(EPOCHS)" in sources(inject(nb, {"EPOCHS": 2}))


def test_tags_of_any_type_are_survived():
    nb = notebook()
    nb.cells[0].metadata["tags"] = 5
    nb.cells[2].metadata["tags"] = [["parameters"], {}, None]
    assert len(inject(nb, {"EPOCHS": 2})["cells"]) == 4
