"""What comes in: a bounded file becomes a notebook of known keys, or one sentence for a person.

The ways in which submissions break are tested through the real command in ``tests/course/test_bad_input.py``.
"""

import json
import os
import re
import warnings
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import NotGradable
from grader.glue.intake import check_submission, check_timestamp, read_notebook

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
