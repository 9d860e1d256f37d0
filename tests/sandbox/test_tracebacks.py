"""Errors of cells: told as Jupyter tells them, at a fraction of what that usually costs."""

from __future__ import annotations

import re

from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from grader.sandbox.kernel_manager import SandboxKernelManager

FAILS = """def mean(numbers):
    total = sum(numbers)
    return total / len(numbers)

mean([])"""

# How often `inspect` walks through all modules while IPython writes a traceback.
COUNTED = """
import inspect, sys

class Walked(dict):
    times = 0
    def copy(self):
        Walked.times += 1
        return dict.copy(self)

kept, sys.modules = sys.modules, Walked(sys.modules)
try:
    error = sys.last_value
    get_ipython().InteractiveTB.structured_traceback(type(error), error, error.__traceback__)
finally:
    sys.modules = kept
print(Walked.times, len(inspect._filesbymodname) > 0.3 * len(sys.modules))
"""


def executed(*sources: str) -> list:
    """Outputs of cells, each run although one before failed."""
    book = new_notebook(cells=[new_code_cell(s) for s in sources])
    NotebookClient(book, kernel_manager_class=SandboxKernelManager, allow_errors=True).execute()
    return [cell.outputs for cell in book.cells]


def test_a_traceback_shows_the_lines_of_the_cells_it_went_through(zygote):
    (defined,) = executed(FAILS)
    text = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(defined[0].traceback))
    assert "Cell In[1], line 5" in text and "----> 5 mean([])" in text
    assert (
        "Cell In[1], line 3, in mean(numbers)" in text and "----> 3     return total / len(numbers)" in text
    )
    assert text.rstrip().endswith("ZeroDivisionError: division by zero")


def test_the_source_of_a_cells_function_can_still_be_asked_for(zygote):
    _, asked = executed(
        FAILS,
        "import inspect; print(inspect.getsource(mean).splitlines()[0], inspect.getmodule(mean).__name__)",
    )
    assert asked[0].text == "def mean(numbers): __main__\n"


def test_a_traceback_of_cells_needs_no_walk_through_all_modules(zygote):
    _, counted = executed(FAILS, COUNTED)
    assert counted[0].get("text") == "0 True\n", counted
