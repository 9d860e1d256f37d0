"""What comes in: a bounded file becomes a notebook of known keys, or one sentence for a person.

The ways in which submissions break are tested through the real command in ``tests/course/test_bad_input.py``.
"""

import json
import os
import pickle
import re
import warnings
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import NotGradable
from grader.glue.intake import check_files, check_submission, check_timestamp, read_notebook

junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda v: st.lists(v, max_size=4) | st.dictionaries(st.text(max_size=8), v, max_size=4),
    max_leaves=15,
)
parts = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw", "x"]) | junk,
        "source": junk,
        "metadata": junk,
        "outputs": junk,
        "attachments": junk,
        "id": junk,
    },
)


def test_only_sources_metadata_and_attachments_come_through(tmp_path):
    cell = {
        "cell_type": "code",
        "source": ["a = 1\n", "b"],
        "metadata": {},
        "outputs": [{"x": 1}],
        "evil": 1,
        "id": "a",
    }
    (tmp_path / "p1.ipynb").write_text(
        json.dumps({"nbformat": 4, "cells": [cell], "metadata": {"widgets": {}}, "x": 1})
    )
    nb = read_notebook(tmp_path / "p1.ipynb", "anna")
    assert nb.cells[0] == {
        "cell_type": "code", "source": "a = 1\nb", "metadata": {}, "outputs": [], "execution_count": None, "id": "a",
    }  # fmt: skip
    assert nb.metadata == {}
    nbformat.validate(nb)


@settings(max_examples=200)
@given(
    junk
    | st.fixed_dictionaries(
        {"nbformat": st.just(4), "cells": st.lists(parts | junk, max_size=4)}, optional={"metadata": junk}
    )
)
def test_any_json_is_a_notebook_or_a_sentence(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("in") / "p1.ipynb"
    path.write_text(json.dumps(content))
    try:
        nb = read_notebook(path, "anna")
    except NotGradable as error:
        assert error.student == "anna" and error.reason and "\n" not in str(error)
    else:
        assert all(isinstance(c.source, str) and isinstance(c.metadata, dict) for c in nb.cells)


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_notebook_or_a_sentence(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("in") / "p1.ipynb"
    path.write_bytes(content)
    with pytest.raises(NotGradable):
        read_notebook(path, "anna")


def test_a_link_in_the_place_of_the_notebook_is_not_followed(tmp_path):
    (tmp_path / "p1.ipynb").symlink_to("/etc/passwd")
    with pytest.raises(OSError):
        read_notebook(tmp_path / "p1.ipynb", "anna")


def test_an_unreadable_file_is_an_error_of_the_system(tmp_path):
    folder = tmp_path / "ps1"
    folder.mkdir()
    (folder / "p1.ipynb").write_text("{}")
    (folder / "p1.ipynb").chmod(0)
    os.chmod(tmp_path, 0o755)
    pid = os.fork()
    if pid == 0:  # a process that may not read everything, even where the tests run as root
        status = 1
        try:
            os.chdir(tmp_path)
            if os.geteuid() == 0:
                os.setuid(65534)
            check_submission(Path("ps1"), "anna", {"p1"})
        except PermissionError as error:
            status = 0 if "p1.ipynb" in str(error.filename) else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_a_notebook_of_very_many_cells_is_refused_at_once(tmp_path):
    for cells, reason in (
        ([{"cell_type": "raw"}] * 20_000, "p1.ipynb has 20000 cells (limit 2000)"),
        (
            [{"cell_type": "markdown", "attachments": {str(n): {} for n in range(1000)}}],
            "more than 100 attachments",
        ),
    ):
        (tmp_path / "p1.ipynb").write_text(json.dumps({"nbformat": 4, "cells": cells}))
        with pytest.raises(NotGradable, match=re.escape(reason)):
            read_notebook(tmp_path / "p1.ipynb", "anna")


def test_cells_of_old_notebooks_get_ids_so_that_nothing_warns_of_them(tmp_path):
    cells = [{"cell_type": "raw", "id": i} for i in ("a", "a", "", None, 5)] + [{"cell_type": "code"}]
    (tmp_path / "p1.ipynb").write_text(json.dumps({"nbformat": 4, "cells": cells}))
    nb = read_notebook(tmp_path / "p1.ipynb", "anna")
    assert nb.cells[0].id == "a" and len({c.id for c in nb.cells}) == len(cells)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nbformat.validate(nb)


@pytest.mark.parametrize("code", ["utf-8", "utf-16", "utf-32"])
def test_half_a_character_is_found_however_the_file_writes_it(tmp_path, code):
    whole = json.dumps({"nbformat": 4, "cells": [{"cell_type": "raw", "source": "x = HERE"}]})
    for found in ("\ud83d", r"\ud83d"):
        data = whole.replace("HERE", found).encode(code, "surrogatepass")
        (tmp_path / "p1.ipynb").write_bytes(data)
        with pytest.raises(NotGradable, match="half a character"):
            read_notebook(tmp_path / "p1.ipynb", "anna")
    for fine in ("é☃😀", r"\ud83d\ude00"):
        (tmp_path / "p1.ipynb").write_bytes(whole.replace("HERE", fine).encode(code))
        assert read_notebook(tmp_path / "p1.ipynb", "anna").cells[0].source.startswith("x = ")


def test_a_time_stamp_is_short_whatever_it_begins_with(tmp_path):
    (tmp_path / "timestamp.txt").write_bytes(b"2026-01-01 12:00:00 UTC\n")
    check_timestamp(tmp_path, "anna")
    (tmp_path / "timestamp.txt").write_bytes(b"2026-01-01 12:00:00 UTC" + b" " * 200 + b"a " * 1000)
    with pytest.raises(NotGradable, match="does not tell when it was handed in"):
        check_timestamp(tmp_path, "anna")


def submission(folder, **cell):
    """A folder with one notebook of one cell."""
    folder.mkdir(exist_ok=True)
    book = {"nbformat": 4, "cells": [{"cell_type": "markdown", "source": "a", **cell}]}
    (folder / "p1.ipynb").write_text(json.dumps(book))
    return folder


def test_of_metadata_only_what_is_read_later_comes_through(tmp_path):
    """All else would be copied again and again in the process that serves the whole class."""
    nbgrader = {"grade_id": "x", "points": 2, "locked": True, "schema_version": 3, "more": [{}] * 100_000}
    heap = {"nbgrader": nbgrader, "tags": ["a", {}, "b"], "heap": [{}] * 100_000}
    nb = check_submission(submission(tmp_path / "s", metadata=heap), "anna", {"p1"})["p1"]
    assert nb.cells[0].metadata == {
        "nbgrader": {"grade_id": "x", "points": 2, "locked": True, "schema_version": 3},
        "tags": ["a", "b"],
    }


def test_attachments_are_texts_by_kind(tmp_path):
    given = {
        "a.png": {"image/png": ["ab", "cd"], "x": {"y": 1}},
        "b": [],
        "c": {str(n): "z" for n in range(999)},
    }
    nb = check_submission(submission(tmp_path / "s", attachments=given), "anna", {"p1"})["p1"]
    assert nb.cells[0].attachments == {"a.png": {"image/png": "abcd"}}


def test_huge_notebooks_are_refused_before_anything_reads_them(tmp_path):
    folder = submission(tmp_path / "s")
    with open(folder / "more.ipynb", "wb") as file:
        file.truncate(30 << 20)  # it is none of the assignment's
    assert "p1" in check_submission(folder, "anna", {"p1"})
    for number in range(3):
        with open(folder / f"more{number}.ipynb", "wb") as file:
            file.truncate(30 << 20)
    with pytest.raises(NotGradable, match=r"more\d?\.ipynb has 30 MB \(limit 24\)"):
        check_files(folder, "anna")


def test_a_folder_in_place_of_a_notebook_is_told_and_leaves_nothing_open(tmp_path):
    (tmp_path / "s/p1.ipynb").mkdir(parents=True)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(NotGradable, match=r"p1\.ipynb is a folder, not a notebook"):
        check_submission(tmp_path / "s", "anna", {"p1"})
    assert len(os.listdir("/proc/self/fd")) == before


def test_what_is_not_gradable_travels_between_processes():
    error = pickle.loads(pickle.dumps(NotGradable("anna", "no notebook", "hand it in")))
    assert (error.student, error.reason, error.advice) == ("anna", "no notebook", "hand it in")
