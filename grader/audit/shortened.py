"""Cuts a source notebook down to what one exercise needs, so that hundreds of answers are graded in minutes.

Kept are the cells before the exercise that bind a name which is needed: by the answers, by the exercise's visible
check, by a hidden test (which names what it calls), or by a cell that is kept.  Pictures and training runs bind
nothing that anybody needs, and drop out.  The first cell and calls that only set something (``lesson("...")``)
always stay.  Earlier exercises keep the source notebook's own solution.  In order::

    given cells and earlier solutions | the answer | the test cell | the visible check, and what it needs

The visible check runs last, as an ordinary cell, so that it has no say in the grading.
"""

from __future__ import annotations

import ast
import copy
import re
import symtable
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbformat.v4 import new_code_cell

from grader.engine.notebook import is_test
from grader.engine.parameters import TAG
from grader.text import LANGUAGES

Role = Literal["given", "answer", "tests", "helper", "check"]
ROLE = "audit"  # key in a cell's metadata
_HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS.*?(### END HIDDEN TESTS|\Z)", re.DOTALL)


@dataclass(frozen=True)
class Names:
    """Global names of a piece of code: those that it binds or changes, and those that it takes from outside."""

    binds: frozenset[str]
    reads: frozenset[str]


def names_in(source: str) -> Names | None:
    """Global names of a cell; None where it is no Python.

    Parameters
    ----------
    source : str
        May contain IPython's magics.
    """
    statements = _statements(source)
    if not statements and source.strip():
        return None
    binds: set[str] = set()
    reads: set[str] = set()
    for statement in statements:
        bound, read = _names_of(statement)
        if not isinstance(statement, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr)):
            read -= bound  # a loop reads its own variable
        reads |= read - binds
        binds |= bound
    return Names(frozenset(binds), frozenset(reads))


def _names_of(statement: ast.stmt) -> tuple[set[str], set[str]]:
    """Global names that a statement binds, and those that it reads, also in functions that it defines."""
    table = symtable.symtable(ast.unparse(statement), "cell", "exec")
    binds = {
        s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()
    }
    reads = {s.get_name() for s in table.get_symbols() if s.is_referenced()}
    scopes = list(table.get_children())
    while scopes:
        scope = scopes.pop()
        scopes += scope.get_children()
        reads |= {s.get_name() for s in scope.get_symbols() if s.is_global() and s.is_referenced()}
        binds |= {s.get_name() for s in scope.get_symbols() if s.is_declared_global() and s.is_assigned()}
    for node in ast.walk(statement):
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            reads.add(node.target.id)
        if isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(node.ctx, ast.Store):
            owner: ast.expr = node  # params["W"] = ..., model.bias = ...: the owner changes
            while isinstance(owner, (ast.Subscript, ast.Attribute)):
                owner = owner.value
            if isinstance(owner, ast.Name) and owner.id in reads:
                binds.add(owner.id)
    return binds, reads


def names_asked_for(tests: Path) -> set[str]:
    """Names of the notebook that hidden tests may reach: ``student.softmax``, or any text.

    Parameters
    ----------
    tests : Path
        Folder of an assignment's hidden tests.
    """
    found: set[str] = set()
    for path in tests.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                owner = getattr(node.value, "attr", getattr(node.value, "id", ""))
                found |= {node.attr} if owner == "student" else set()
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
                found.add(node.value)
    return found


class ShortNotebook:
    """What is left of a source notebook for one exercise; `with_answer` fills an answer in.

    Parameters
    ----------
    nb : NotebookNode
        The source notebook, with its own solutions.
    exercise : str
        Has a solution cell of this ``grade_id`` and a test cell behind it.
    needed : iterable of str
        Names that must be there, besides those that the visible check reads.
    language : {"en", "fr"}
        Cells tagged for the other language are left out, as in the release.
    """

    def __init__(self, nb: Any, exercise: str, needed: Iterable[str], language: str = "en") -> None:
        ids = [grade_id(c) for c in nb.cells]
        at, tests = ids.index(exercise), ids.index(f"{exercise}_tests")
        self.metadata = copy.deepcopy(nb.metadata)
        self.points = float(nb.cells[tests].metadata["nbgrader"].get("points", 0))
        self.check_source = _HIDDEN.sub("", nb.cells[tests].source).strip()
        check = names_in(self.check_source)
        shown = set(check.reads if check else ())
        others = {f"lang-{name}" for name in LANGUAGES if name != language}
        earlier = [c for i, c in enumerate(nb.cells[:tests]) if i != at and not others & _tags(c)]
        ordinary = [c for c in earlier if not is_test(c)]
        # Test cells of earlier exercises do not run in grading: their names are the visible check's only.
        self.helpers = [_plain(c, "helper") for c in _needed(earlier, shown) if is_test(c)]
        kept = _needed(ordinary, set(needed) | shown)
        behind = nb.cells[at + 1 : tests]
        self.before = [_plain(c, "given") for c in kept if not any(c is b for b in behind)]
        self.between = [_plain(c, "given") for c in kept if any(c is b for b in behind)]
        self.test_cell = copy.deepcopy(nb.cells[tests])
        self.test_cell.metadata[ROLE] = "tests"
        self.test_cell.outputs = []

    def with_answer(self, source: str) -> dict[str, Any]:
        """A notebook (nbformat 4) with this source in the exercise's cell."""
        after = [_cell(self.check_source, "check")] if self.check_source else []
        cells = [*self.before, _cell(source, "answer"), *self.between, self.test_cell, *self.helpers, *after]
        nb = nbformat.v4.new_notebook(cells=copy.deepcopy(cells), metadata=copy.deepcopy(self.metadata))
        return dict(nb)


def grade_id(cell: Any) -> str:
    """nbgrader's name of a cell, empty where it has none."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def solution_cells(nb: Any) -> set[str]:
    """Exercises that a notebook asks for: code cells that students write, with their names."""
    return {
        grade_id(c)
        for c in nb.cells
        if c.cell_type == "code" and c.metadata.get("nbgrader", {}).get("solution") and grade_id(c)
    }


def test_cells(nb: Any) -> dict[str, float]:
    """Test cells of a notebook, without ``_tests``, and their points."""
    return {
        grade_id(c).removesuffix("_tests"): float(c.metadata["nbgrader"].get("points", 0))
        for c in nb.cells
        if is_test(c)
    }


def _needed(cells: list[Any], wanted: set[str]) -> list[Any]:
    """Cells that bind what is wanted, or what a cell that is kept reads; the first, and parameters, always."""
    kept: list[Any] = []
    code = [c for c in cells if c.cell_type == "code" and c.source.strip()]
    imported = {name for c in code for name in _imported(c.source)}
    for cell in reversed(code):
        names = names_in(cell.source)
        always = cell is code[0] or TAG in _tags(cell) or names is None or _only_sets(cell.source, imported)
        if names is not None and (always or names.binds & wanted):
            wanted |= names.reads
            kept.append(cell)
        elif always and not is_test(cell):
            kept.append(cell)
    return kept[::-1]


def _statements(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(TransformerManager().transform_cell(source)).body
    except SyntaxError:
        return []


def _imported(source: str) -> set[str]:
    """Names that a cell imports."""
    imports = [s for s in _statements(source) if isinstance(s, (ast.Import, ast.ImportFrom))]
    return {(a.asname or a.name).partition(".")[0] for s in imports for a in s.names}


def _only_sets(source: str, imported: set[str]) -> bool:
    """Whether a cell is nothing but calls of imported names with constants: it sets something, cheaply."""

    def sets(statement: ast.stmt) -> bool:
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not isinstance(call, ast.Call):
            return False
        called = call.func
        while isinstance(called, ast.Attribute):
            called = called.value
        values = [*call.args, *(k.value for k in call.keywords)]
        constant = all(isinstance(v, ast.Constant) for v in values)
        return constant and isinstance(called, ast.Name) and called.id in imported

    statements = _statements(source)
    return bool(statements) and all(map(sets, statements))


def _tags(cell: Any) -> set[str]:
    return set(cell.metadata.get("tags") or [])


def _plain(cell: Any, role: Role) -> Any:
    """A cell that runs and carries no points."""
    made = _cell(_HIDDEN.sub("", cell.source), role)
    if cell.metadata.get("tags"):
        made.metadata["tags"] = list(cell.metadata["tags"])
    return made


def _cell(source: str, role: Role) -> Any:
    return new_code_cell(source, metadata={ROLE: role})
