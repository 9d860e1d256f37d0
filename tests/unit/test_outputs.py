"""What a student's kernel shows is rebuilt from known parts: nothing active, nothing malformed, nothing huge."""

import base64

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook

from grader.engine.outputs import MAX_FILES, MAX_FILES_BYTES, harmless, plain_files, size_of

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(40)).decode()
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda v: st.lists(v, max_size=4) | st.dictionaries(st.text(max_size=8), v, max_size=4),
    max_leaves=12,
)
keys = st.sampled_from(
    ["output_type", "name", "text", "data", "ename", "evalue", "traceback", "metadata", "execution_count"]
)
kinds = st.sampled_from(["stream", "error", "display_data", "execute_result", "update_display_data", "x"])


@given(st.lists(junk | st.dictionaries(keys, junk | kinds), max_size=5))
def test_whatever_comes_the_outputs_are_valid(outputs):
    cleaned = harmless(outputs)
    cell = new_code_cell("1", outputs=[nbformat.from_dict(o) for o in cleaned])
    nbformat.validate(new_notebook(cells=[cell]))


@pytest.mark.parametrize(
    "mime",
    [
        "text/html",
        "image/svg+xml",
        "application/javascript",
        "text/latex",
        "application/vnd.jupyter.widget-view+json",
    ],
)
def test_what_a_browser_would_run_is_dropped(mime):
    shown = {"output_type": "display_data", "metadata": {}, "data": {mime: "<script>", "text/plain": "x"}}
    assert harmless([shown])[0]["data"] == {"text/plain": "x"}


def test_pictures_stay():
    shown = {"output_type": "display_data", "metadata": {}, "data": {"image/png": PNG}}
    assert harmless([shown])[0]["data"] == {"image/png": PNG}


@pytest.mark.parametrize(
    "fake", ["<svg/onload=alert(1)>", base64.b64encode(b"<html>" * 9).decode(), "====", 5]
)
def test_a_picture_that_is_none_is_dropped(fake):
    assert harmless([{"output_type": "display_data", "metadata": {}, "data": {"image/png": fake}}]) == []


def test_half_characters_become_question_marks():
    assert harmless([{"output_type": "stream", "name": "stdout", "text": "a\ud83db"}])[0]["text"] == "a?b"


def test_the_size_counts_what_is_nested():
    assert size_of({"data": {"text/plain": "x" * 1000}, "l": ["y" * 500]}) >= 1500


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../x", "a/../../x", "", ".", "..", ".hidden", "a/.git/config", "p1.ipynb", "a/b/c/d/e",
             "x\0y", "a//b", "a/", "x" * 201, "é" * 200, "\ud800", "P1.IPYNB", 5, None, b"x"]
)  # fmt: skip
def test_a_file_may_only_be_written_where_it_does_no_harm(name):
    assert plain_files({name: b"x"}) == {}


def test_files_in_folders_are_kept():
    files = {"side-effect.txt": b"1", "out/model.bin": b"\0" * 10}
    assert plain_files(files) == files


def test_files_are_bounded_in_number_and_size():
    assert len(plain_files({f"{n}.txt": b"" for n in range(MAX_FILES + 50)})) == MAX_FILES
    assert len(plain_files({f"{n}": b"x" * (MAX_FILES_BYTES // 4) for n in range(8)})) == 4


@given(junk)
def test_anything_else_is_no_files(found):
    assert all(type(k) is str and type(v) is bytes for k, v in plain_files(found).items())
