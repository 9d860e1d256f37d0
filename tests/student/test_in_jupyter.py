"""In a real kernel: what `nbgrader validate` says, and a curve that grows while a model trains."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

pytestmark = pytest.mark.slow
SETUP = "from grader.student import *\nlesson('lesson4_attention', language='fr')"
RIGHT = "def dot(a, b):\n    return sum(x * y for x, y in zip(a, b))"
WRONG = "def dot(a, b):\n    return sum(a) * sum(b)"


def notebook(*sources):
    """A notebook whose last cell is a graded test cell."""
    cells = [new_code_cell(source) for source in sources]
    cells[-1].metadata["nbgrader"] = {"grade": True, "grade_id": "dot_tests", "locked": True, "points": 1,
                                      "schema_version": 3, "solution": False, "task": False, "cell_type": "code"}  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def validated(tmp_path: Path, *sources) -> str:
    """What `nbgrader validate` prints about the notebook."""
    nbformat.write(notebook(*sources), tmp_path / "lesson.ipynb")
    command = [sys.executable, "-m", "nbgrader", "validate", "lesson.ipynb"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    return done.stdout + done.stderr


def test_nbgrader_validate_names_what_is_wrong_without_a_wall_of_traceback(tmp_path):
    said = validated(tmp_path, SETUP, WRONG, "check('dot')")
    assert "failed" in said.lower()
    after = said[said.index("The error was:") :]
    sentence = "dot: `dot([1, 2, 3], [4, 5, 6])` donne 90 ; on attendait 32. C'est le produit des sommes."
    assert sentence in " ".join(after.split())
    assert "Traceback" not in said and "checking.py" not in said
    assert len(after[: after.index("sommes.")].splitlines()) <= 4


def test_nbgrader_validate_is_content_with_a_right_answer(tmp_path):
    assert "Success" in validated(tmp_path, SETUP, RIGHT, "check('dot')")


def test_the_failing_cell_holds_a_banner_and_one_line_of_error(tmp_path):
    made = notebook(SETUP, WRONG, "check('dot')")
    NotebookClient(
        made, timeout=60, allow_errors=True, resources={"metadata": {"path": str(Path(__file__).parents[2])}}
    ).execute()
    banner, error = made.cells[-1].outputs
    assert "Pas encore" in banner.data["text/html"] and "Pas encore" in banner.data["text/plain"]
    assert error.ename == "CheckFailed" and error.traceback == ["dot\u00a0: pas encore, voir ci-dessus."]


def test_a_live_curve_is_one_output_that_ends_with_every_loss():
    grow = "curve = show_loss_curve()\nfor i in range(50):\n    curve.add(3 / (i + 1))"
    made = new_notebook(
        cells=[
            new_code_cell(SETUP),
            new_code_cell(grow),
            new_code_cell("curve.add(9.0)"),
            new_code_cell("show_loss_curve([3, 2])"),
        ]
    )
    NotebookClient(
        made, timeout=60, resources={"metadata": {"path": str(Path(__file__).parents[2])}}
    ).execute()
    (output,) = made.cells[1].outputs
    # The last cell's loss goes to the same output, above.
    assert (
        "51 époques" in output.data["text/plain"].replace("\u00a0", " ")
        and "<svg" in output.data["text/html"]
    )
    assert made.cells[2].outputs == []
    (still,) = made.cells[3].outputs
    assert still.output_type == "display_data" and "<svg" in still.data["text/html"]


def test_importing_it_needs_ipython_and_nothing_else():
    code = (
        "import sys; import grader.student; import grader.student.exercises.lesson6_training;"
        "heavy = {'torch', 'numpy', 'matplotlib', 'msgpack', 'pytest', 'nbformat', 'jupyter_client'} & set(sys.modules);"
        "assert not heavy, heavy;"
        "ours = {m.split('.')[1] for m in sys.modules if m.startswith('grader.')}; assert ours == {'student'}, ours"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
