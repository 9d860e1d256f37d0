"""Sanitize preprocessor: nothing that a submission says about its cells is believed.

From the gradebook come, for every cell it knows: which of grade, solution, task and locked it is,
its points, and whether it is there at all.  Cells that say they are nbgrader's and are unknown
become plain cells; of duplicates the last stays nbgrader's, as with nbgrader; missing ones are put
back behind their neighbour.  Tags come from the source notebook alone, so `skip-execution` and the
like have no effect, and so does the kernel.  Locked sources are then restored by nbgrader's own
OverwriteCells.  What was restored is noted in ``resources["nbgrader"]["notes"]`` for the instructor.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.preprocessors.overwritecells import OverwriteCells
from traitlets import Unicode

from grader.engine.parameters import TAG as PARAMETERS

WATCHED = ("grade", "solution", "task", "locked", "points")


class RestoreCells(NbGraderPreprocessor):
    """Put back what the gradebook and the source notebook know about the cells."""

    _notes: list[str]

    missing_cell_notification = Unicode(
        "This cell (id:{cell_id}) was missing from the submission. It was added back by nbgrader.\n\n",
        help="Text at the beginning of a cell that was put back.",
    ).tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Restore a notebook in place."""
        place = resources["nbgrader"]
        self._notes = place.setdefault("notes", [])
        self._forget_kernel(nb)
        with Gradebook(place["db_url"]) as gradebook:
            notebook = gradebook.find_notebook(place["notebook"], place["assignment"])
            known = {c.name: c for c in notebook.source_cells}
            grade = {c.name: c for c in notebook.grade_cells}
            solution = {c.name for c in notebook.solution_cells}
            task = {c.name: c for c in notebook.task_cells}
            self._forget_unknown(nb, known)
            for cell in nb.cells:
                name = cell.metadata.get("nbgrader", {}).get("grade_id")
                if name is not None:
                    right = _metadata(known[name], grade, solution, task)
                    self._note_changes(name, cell.metadata["nbgrader"], right)
                    cell.metadata["nbgrader"] = right
            self._put_back(nb, known, grade, solution, task)
        self._restore_tags(nb, _source_of(self, place))
        _unique_ids(nb)
        return nb, resources

    def _note(self, note: str) -> None:
        self.log.warning(note)
        self._notes.append(note)

    def _forget_kernel(self, nb: Any) -> None:
        """No kernel of the submission's choice; OverwriteKernelspec puts the source's in place."""
        spec = nb.metadata.get("kernelspec")
        name = spec.get("name") if isinstance(spec, dict) else None
        if name not in (None, "python", "python3"):
            self._note(f"asked for the kernel {str(name)[:40]!r}; the course's is used")
        nb.metadata = nbformat.from_dict(
            {
                "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
                "language_info": {"name": "python", "pygments_lexer": "ipython3"},
            }
        )

    def _note_changes(self, name: str, found: dict[str, Any], right: dict[str, Any]) -> None:
        changed = [k for k in WATCHED if k in right and k in found and found[k] != right[k]]
        if changed:
            self._note(f"cell {name}: {', '.join(changed)} changed by hand and put back")

    def _forget_unknown(self, nb: Any, known: dict[str, Any]) -> None:
        seen: set[str] = set()
        for cell in reversed(nb.cells):
            metadata = cell.metadata.pop("nbgrader", None)
            name = metadata.get("grade_id") if isinstance(metadata, dict) else None
            if not isinstance(name, str) or name not in known:
                continue
            if name in seen:
                self._note(f"cell {name} is there more than once; the last counts")
                continue
            seen.add(name)
            cell.metadata["nbgrader"] = metadata

    def _put_back(
        self, nb: Any, known: dict[str, Any], grade: dict[str, Any], solution: set[str], task: dict[str, Any]
    ) -> None:
        order = list(known)
        maker = OverwriteCells(parent=self, missing_cell_notification=self.missing_cell_notification)
        for position, name in enumerate(order):
            at = {c.metadata.get("nbgrader", {}).get("grade_id"): i for i, c in enumerate(nb.cells)}
            wanted = name in grade or name in task or known[name].locked
            if name in at or not wanted:
                continue
            self._note(f"cell {name} was missing and is put back")
            points = grade[name].max_score if name in grade else task[name].max_score if name in task else 0
            cell = maker.missing_cell_transform(
                known[name], points, is_solution=name in solution, is_task=name in task
            )
            cell.metadata["nbgrader"] = _metadata(known[name], grade, solution, task)
            before = [at[n] for n in order[:position] if n in at]
            behind = [at[n] for n in order[position + 1 :] if n in at]
            # where no neighbour is known, the end: what the tests need is defined by then
            place = max(before) + 1 if before else min(behind) if behind else len(nb.cells)
            nb.cells.insert(place, cell)

    def _restore_tags(self, nb: Any, source: Path | None) -> None:
        tags: dict[str, list[str]] = {}
        if source is not None and source.is_file():
            for cell in nbformat.read(source, as_version=4).cells:
                name = cell.metadata.get("nbgrader", {}).get("grade_id")
                if name:
                    tags[name] = list(cell.metadata.get("tags", []))
        for cell in nb.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            own = {k: v for k, v in cell.metadata.items() if k == "nbgrader"}
            said = cell.metadata.get("tags")
            # a cell that nbgrader does not know may still be where the grading parameters go
            wanted = (
                tags.get(name, []) if name else [PARAMETERS] * (isinstance(said, list) and PARAMETERS in said)
            )
            cell.metadata = nbformat.from_dict({**own, **({"tags": wanted} if wanted else {})})


def _metadata(cell: Any, grade: dict[str, Any], solution: set[str], task: dict[str, Any]) -> dict[str, Any]:
    """What nbgrader's metadata of a known cell must be."""
    name = cell.name
    metadata: dict[str, Any] = {
        "schema_version": 3,
        "grade_id": name,
        "grade": name in grade,
        "solution": name in solution,
        "task": name in task,
        "locked": bool(cell.locked),
        "cell_type": cell.cell_type,
        "checksum": cell.checksum,
    }
    if name in grade:
        metadata["points"] = float(grade[name].max_score)
    elif name in task:
        metadata["points"] = float(task[name].max_score)
    return metadata


def _source_of(preprocessor: Any, place: dict[str, str]) -> Path | None:
    converter = getattr(preprocessor.parent, "parent", None)
    coursedir = getattr(converter, "coursedir", None)
    if coursedir is None:
        return None
    folder = coursedir.format_path(coursedir.source_directory, ".", place["assignment"])
    return Path(folder) / f"{place['notebook']}.ipynb"


def _unique_ids(nb: Any) -> None:
    """nbformat 4.5 wants a unique id for each cell; older notebooks have none."""
    nb.nbformat, nb.nbformat_minor = 4, 5
    seen: set[str] = set()
    for cell in nb.cells:
        name = cell.get("id")
        if not isinstance(name, str) or not 1 <= len(name) <= 64 or not _plain(name) or name in seen:
            cell["id"] = uuid.uuid4().hex[:12]
        seen.add(cell["id"])


def _plain(name: str) -> bool:
    return all(c.isascii() and (c.isalnum() or c in "-_") for c in name)
