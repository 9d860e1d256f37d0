"""What makes nbgrader's feedback page pleasant: a table of the exercises, readable tables, formulas, dark mode.

A preprocessor, the last of ``c.GenerateFeedback.preprocessors``, so nbgrader's own template stays in use and
the formgrader's button gives the same page as the command:

    c.GenerateFeedback.preprocessors.append("grader.glue.feedback_page.FeedbackPage")
"""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import Any

import nbformat
from nbconvert.preprocessors import Preprocessor
from traitlets import Bool

from grader.glue.formulas import MOST, with_formulas
from grader.glue.settings import Grading
from grader.text import Text

WORDS = {
    "exercise": Text("Exercise", "Exercice"),
    "question": Text("Question", "Question"),
    "score": Text("Score", "Note"),
    "total": Text("Total", "Total"),
    "late": Text("Handed in late", "Rendu en retard"),
    "comment": Text("with a comment", "avec un commentaire"),
}


class FeedbackPage(Preprocessor):
    """Adds the style sheet and the summary, and draws formulas; changes no score and no file."""

    enabled = Bool(True, help="Whether to add to the feedback page.").tag(config=True)

    def preprocess(self, nb: Any, resources: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Prepare a graded notebook for its feedback page.

        Parameters
        ----------
        nb : NotebookNode
            With the scores that `GetGrades` has put into its cells.
        resources : dict
            nbconvert's.
        """
        language = Grading(parent=self, config=self.config).language
        sheet = files("grader.glue").joinpath("feedback.css").read_text(encoding="utf-8")
        resources.setdefault("inlining", {}).setdefault("css", []).append(sheet)
        left = MOST
        for cell in nb.cells:
            if cell.cell_type == "markdown" and left > 0:
                before = cell.source.count("<img ")
                cell.source = with_formulas(cell.source, left)
                left -= max(0, cell.source.count("<img ") - before)
        nb.cells.insert(0, nbformat.v4.new_markdown_cell(summary(nb, resources, language)))
        return nb, resources


def summary(nb: Any, resources: dict[str, Any], language: str) -> str:
    """The table of exercises at the head of the page, as HTML in Markdown.

    Parameters
    ----------
    nb : NotebookNode
    resources : dict
        ``resources["nbgrader"]`` holds the notebook's score, its maximum and the late penalty.
    language : {"en", "fr"}
    """
    rows = []
    for cell in nb.cells:
        metadata = cell.metadata.get("nbgrader", {})
        if not (metadata.get("grade") or metadata.get("task")):
            continue
        name = str(metadata.get("grade_id", ""))
        by_hand = metadata.get("solution") or metadata.get("task")
        kind = WORDS["question" if by_hand else "exercise"][language]
        shown = name if by_hand else name.removesuffix("_tests")
        said = f" ({WORDS['comment'][language]})" if by_hand and metadata.get("comment") else ""
        rows.append(
            f'<tr><td>{kind} <a href="#{escape(name)}">{escape(shown)}</a>{said}</td>'
            f"<td>{_points(metadata.get('score'))} / {_points(metadata.get('points'))}</td></tr>"
        )
    whole = resources.get("nbgrader", {})
    if whole.get("late_penalty"):
        rows.append(f"<tr><td>{WORDS['late'][language]}</td><td>−{_points(whole['late_penalty'])}</td></tr>")
    total = f"{_points(whole.get('score'))} / {_points(whole.get('max_score'))}"
    rows.append(f"<tr><th scope='row'>{WORDS['total'][language]}</th><td><strong>{total}</strong></td></tr>")
    head = f"<tr><th scope='col'>{WORDS['exercise'][language]}</th><th scope='col'>{WORDS['score'][language]}</th></tr>"
    return f"<table class='summary'><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def _points(value: Any) -> str:
    return f"{round(float(value or 0), 2):g}"


__all__ = ["FeedbackPage", "summary"]
