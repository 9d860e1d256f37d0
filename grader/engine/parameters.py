"""Grading parameters: shorter training at grading, as papermill does it.

A cell tagged ``parameters`` keeps the student's values; a cell with the grading's values is put
after it, so that a class is not graded at the speed of its longest training run.
"""

from __future__ import annotations

import copy
import hashlib
from typing import Any

TAG = "parameters"
INJECTED = "injected-parameters"


def inject(nb: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """Copy of a notebook with the parameters' cell added after the first cell tagged so.

    Parameters
    ----------
    nb : dict
        nbformat 4 notebook.
    parameters : dict
        Name to value; values are None, bool, int, float or str.

    Returns
    -------
    dict
        The copy; unchanged where there is no such cell or no parameter.
    """
    result = copy.deepcopy(nb)
    result["cells"] = [c for c in result["cells"] if INJECTED not in _tags(c) or "nbgrader" in c["metadata"]]
    tagged = [i for i, c in enumerate(result["cells"]) if TAG in _tags(c)]
    if not parameters or not tagged:
        return result
    source = "# Set for grading\n" + "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
    cell: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {"tags": [INJECTED]},
        "outputs": [],
        "source": source,
    }
    if (result.get("nbformat", 4), result.get("nbformat_minor", 0)) >= (4, 5):
        cell["id"] = "grading-" + hashlib.sha256(source.encode()).hexdigest()[:12]
    result["cells"].insert(tagged[0] + 1, cell)
    return result


def _tags(cell: dict[str, Any]) -> list[Any]:
    tags = cell.get("metadata", {}).get("tags")
    return tags if isinstance(tags, list) else []
