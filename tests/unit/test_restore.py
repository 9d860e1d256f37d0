"""RestoreCells: of what a submission says about its cells nothing is believed, whatever it says."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook

from grader.glue.restore import RestoreCells

ORDER = ["given", "square", "square_tests", "essay"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A gradebook that knows four cells of ps1/p1."""
    # nbgrader calls alembic by name
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    url = f"sqlite:///{tmp_path_factory.mktemp('course') / 'gradebook.db'}"
    with Gradebook(url) as gradebook:
        gradebook.add_assignment("ps1")
        gradebook.add_notebook("p1", "ps1")
        for name, kind, locked in (
            ("given", "code", True),
            ("square", "code", False),
            ("square_tests", "code", True),
            ("essay", "markdown", False),
        ):
            gradebook.add_source_cell(
                name, "p1", "ps1", source=f"# {name}", cell_type=kind, locked=locked, checksum=name
            )
        gradebook.add_grade_cell("square_tests", "p1", "ps1", max_score=2, cell_type="code")
        gradebook.add_grade_cell("essay", "p1", "ps1", max_score=5, cell_type="markdown")
        gradebook.add_solution_cell("square", "p1", "ps1")
        gradebook.add_solution_cell("essay", "p1", "ps1")
    return {"student": "anna", "assignment": "ps1", "notebook": "p1", "db_url": url}


def restore(cells: list[Any], place: dict[str, Any], **metadata: Any) -> tuple[Any, list[str]]:
    """A notebook of these cells after RestoreCells, and what was noted."""
    empty = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}
    nb = nbformat.from_dict(empty)  # new_notebook would refuse what students send
    resources = {"nbgrader": dict(place)}
    nb, resources = RestoreCells().preprocess(nb, resources)
    nbformat.validate(nb)
    return nb, resources["nbgrader"]["notes"]


def cell(grade_id: Any, source: str = "", **flags: Any) -> Any:
    """A code cell that says it is nbgrader's."""
    made = new_code_cell(source)
    made.metadata["nbgrader"] = {"grade_id": grade_id, "schema_version": 3, **flags}
    return made


def ids(nb: Any) -> list[str]:
    """grade_id of nbgrader's cells, in order."""
    return [c.metadata.nbgrader["grade_id"] for c in nb.cells if "nbgrader" in c.metadata]


def test_flags_and_points_come_from_the_gradebook(place: dict[str, Any]) -> None:
    nb, notes = restore([cell("square_tests", grade=False, solution=True, locked=False, points=1000)], place)
    restored = next(
        c for c in nb.cells if c.metadata.nbgrader["grade_id"] == "square_tests"
    ).metadata.nbgrader
    assert (restored["grade"], restored["solution"], restored["locked"], restored["points"]) == (
        True,
        False,
        True,
        2.0,
    )
    assert "cell square_tests: grade, solution, locked, points changed by hand and put back" in notes


def test_missing_cells_come_back_between_their_neighbours(place: dict[str, Any]) -> None:
    nb, notes = restore([cell("given"), cell("square")], place)
    assert ids(nb) == ORDER
    assert "cell square_tests was missing and is put back" in notes
    nb, _ = restore([cell("square")], place)
    assert ids(nb) == ORDER


def test_where_no_neighbour_is_known_they_come_at_the_end(place: dict[str, Any]) -> None:
    nb, _ = restore([new_code_cell("def square(x): ...")], place)
    assert nb.cells[0].source == "def square(x): ..."
    assert ids(nb) == ["given", "square_tests", "essay"]


def test_a_missing_answer_cell_is_not_invented(place: dict[str, Any]) -> None:
    nb, _ = restore([cell("given")], place)
    assert "square" not in ids(nb)


def test_of_duplicates_the_last_counts(place: dict[str, Any]) -> None:
    nb, notes = restore([cell("square_tests", "first"), cell("square_tests", "second")], place)
    assert ids(nb).count("square_tests") == 1
    assert next(c for c in nb.cells if c.source == "first").metadata.get("nbgrader") is None
    assert any("more than once" in note for note in notes)


def test_unknown_cells_become_plain(place: dict[str, Any]) -> None:
    nb, _ = restore([cell("bonus", grade=True, points=100)], place)
    assert "bonus" not in ids(nb)


def test_tags_and_other_metadata_are_dropped(place: dict[str, Any]) -> None:
    tagged = cell("square_tests")
    tagged.metadata.update({"tags": ["skip-execution"], "jupyter": {"source_hidden": True}})
    nb, _ = restore([tagged], place)
    assert all(set(c.metadata) <= {"nbgrader"} for c in nb.cells)


def test_a_plain_cell_keeps_only_the_tag_that_says_where_parameters_go(place: dict[str, Any]) -> None:
    plain = [new_code_cell("EPOCHS = 9"), new_code_cell("x")]
    plain[0].metadata["tags"] = ["parameters", "skip-execution"]
    plain[1].metadata["tags"] = ["skip-execution"]
    nb, _ = restore(plain, place)
    assert [c.metadata.get("tags") for c in nb.cells[:2]] == [["parameters"], None]


def test_the_kernel_is_the_courses(place: dict[str, Any]) -> None:
    nb, notes = restore([], place, kernelspec={"name": "evil", "display_name": "x"}, widgets={"state": {}})
    assert nb.metadata.kernelspec.name == "python3" and "widgets" not in nb.metadata
    assert notes[0] == "asked for the kernel 'evil'; the course's is used"
    _, notes = restore([cell("given"), cell("square"), cell("square_tests"), cell("essay")], place)
    assert notes == []


def test_cell_ids_become_unique_and_valid(place: dict[str, Any]) -> None:
    cells = [new_code_cell("1"), new_code_cell("2"), new_code_cell("3")]
    cells[0]["id"] = cells[1]["id"] = "same"
    cells[2]["id"] = "no good/id"
    nb, _ = restore(cells, place)
    assert len({c.id for c in nb.cells}) == len(nb.cells)


claims = (
    st.sampled_from([*ORDER, "", "unknown"])
    | st.integers()
    | st.none()
    | st.lists(st.text(max_size=3), max_size=2)
)
junk = (
    st.none()
    | st.integers()
    | st.text(max_size=3)
    | st.dictionaries(st.sampled_from(["grade_id", "grade", "points"]), claims)
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(st.sampled_from(["nbgrader", "tags", "x"]), junk), max_size=6))
def test_whatever_the_metadata_say_each_known_cell_is_there_once(
    place: dict[str, Any], found: list[Any]
) -> None:
    cells = [new_code_cell(str(n)) for n in range(len(found))]
    for one, metadata in zip(cells, found, strict=True):
        one.metadata = nbformat.from_dict(metadata)
    nb, _ = restore(cells, place)
    wanted = {"given", "square_tests", "essay"}
    assert wanted <= set(ids(nb)) <= set(ORDER)
    assert len(ids(nb)) == len(set(ids(nb)))
    assert Path(place["db_url"].removeprefix("sqlite:///")).exists()
