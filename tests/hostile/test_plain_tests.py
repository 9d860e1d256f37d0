"""Test cells of plain nbgrader: what must hold although they run in the student's process.

There a student can forge the verdict of a test (`test_tricks.test_the_suite_can_fail`).  But a score is
given for what the kernel said of *that* cell when it ran, and nothing later changes it: a reply that
says neither "ok" nor "error" is no success, and no message writes over a score that stands.
"""

from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell
from nbgrader.utils import determine_grade

from .submission import WRONG, notebook
from .test_tricks import IN_PROCESS_TEST

# Answers the test cell itself with a status of its own choosing, and runs nothing.
STATUS = """
from IPython import get_ipython

_kernel = get_ipython().kernel
_execute = _kernel.do_execute


async def do_execute(code, *args, **kwargs):
    if "expected" not in code:
        return await _execute(code, *args, **kwargs)
    return {{"status": {status!r}, "execution_count": 1, "payload": [], "user_expressions": {{}}}}


_kernel.do_execute = do_execute
"""
# Sends a reply of its own before the real one, signed as a real one, and shows no error.
REPLY = """
from ipykernel.kernelapp import IPKernelApp

_app, _wrong = IPKernelApp.instance(), create_causal_mask
_kernel = _app.kernel
get_ipython().showtraceback = lambda *args, **kwargs: None


def create_causal_mask(n):
    content = {{"status": {status!r}, "execution_count": 1, "payload": [], "user_expressions": {{}}}}
    ident = _kernel._shell_parent_ident.get()
    for _ in range(2):
        _kernel.session.send(_app.shell_socket, "execute_reply", content, parent=_kernel.get_parent(), ident=ident)
    return _wrong(n)
"""
# Shows something under a name of its own while the tests run, and changes it in a later cell.
SHOWS = """
from IPython.display import display, update_display

_wrong = create_causal_mask


def create_causal_mask(n):
    display({"text/plain": "0"}, raw=True, display_id="mine")
    return _wrong(n)
"""
OVERWRITES = """
for text in ("4.0", "4"):
    update_display({"text/plain": text}, raw=True, display_id="mine")
    _shell = get_ipython()
    _shell.display_pub.publish({"text/plain": text}, {}, transient={"display_id": "mine"}, update=True)
    _shell.kernel.session.send(
        _shell.kernel.iopub_socket,
        "update_display_data",
        {"data": {"text/plain": text}, "metadata": {}, "transient": {"display_id": "mine"}},
        parent=_shell.kernel.get_parent(),
    )
"""
LATER_RESULT = """
import threading, time

from ipykernel.kernelapp import IPKernelApp

_kernel = IPKernelApp.instance().kernel
_tests = []


def forge():
    for _ in range(100):
        content = {"execution_count": 9, "data": {"text/plain": "4.0"}, "metadata": {}}
        for parent in _tests:
            _kernel.session.send(_kernel.iopub_socket, "execute_result", content, parent=parent)
        time.sleep(0.005)


_wrong = create_causal_mask


def create_causal_mask(n):
    _tests.append(dict(_kernel.get_parent()))
    return _wrong(n)
"""


def plain(wrap: str, after: str = "", which: str = WRONG["create_causal_mask"]):
    """A submission whose tests stand in its own test cell."""
    nb = notebook(None, which, "create_causal_mask", IN_PROCESS_TEST)
    nb.cells.insert(3, new_code_cell(wrap))
    nb.cells[-1].source = after or "pass"
    return nb


def graded(bench, nb):
    """Points in the result, and points that nbgrader reads from the cell."""
    done = bench.grade(nb, None)
    (score,) = done.scores
    cell = next(c for c in done.nb.cells if c.metadata.get("nbgrader", {}).get("grade"))
    assert determine_grade(cell)[0] == score.score
    return score.score, cell


@pytest.mark.parametrize("form", [STATUS, REPLY], ids=["do_execute", "session"])
@pytest.mark.parametrize("status", ["aborted", "abort", "", "OK", "timeout", None, 0, ["ok"], {"ok": 1}])
def test_only_ok_is_a_success(bench, form, status):
    """Anything that is no "error" once passed for one, and a test cell without output is worth full points."""
    score, _ = graded(bench, plain(form.format(status=status)))
    assert score == 0


@pytest.mark.parametrize("form", [STATUS, REPLY], ids=["do_execute", "session"])
def test_the_forged_reply_would_count_if_it_said_ok(bench, form):
    """Proof that the forgery reaches the grader: in a plain test cell this is not promised to fail."""
    score, _ = graded(bench, plain(form.format(status="ok")))
    assert score == 4


@pytest.mark.parametrize("which", [WRONG["create_causal_mask"], "right"])
def test_no_later_cell_writes_over_a_score(bench, which):
    """What a test cell displayed has a name, by which a later cell could once change its first output."""
    score, cell = graded(bench, plain(SHOWS, OVERWRITES, which))
    assert score == (4 if which == "right" else 0)
    assert [o.data["text/plain"] for o in cell.outputs if o.output_type == "display_data"][:1] == ["0"]


def test_no_later_result_counts_for_an_earlier_cell(bench):
    score, _ = graded(
        bench, plain(LATER_RESULT, "threading.Thread(target=forge, daemon=True).start()\nforge()")
    )
    assert score == 0
