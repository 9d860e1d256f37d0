"""What stands under a test cell after grading: the score, and a sentence for each failed test.

The first output is the score as ``execute_result``, from which nbgrader reads partial credit; the
second the feedback as HTML and plain text.  Everything that came from a student is escaped.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from grader.result import ExerciseResult, TestOutcome

WORDS = {
    "en": {"passed": "passed", "failed": "failed", "score": "Score:", "points": "points", "of": "of",
           "carried": "Tested with a right version of {names}, so that an earlier mistake costs you nothing here."},
    "fr": {"passed": "réussi", "failed": "échoué", "score": "Note :", "points": "points", "of": "sur",
           "carried": "Testé avec une version juste de {names} : une erreur précédente ne vous coûte rien ici."},
}  # fmt: skip


# White on a dark colour reads the same on a light page and a dark one (5:1 against either colour).
BADGE = "color:#fff;font-weight:bold;font-size:.9em;border-radius:4px;padding:.05em .45em"


def score_outputs(
    result: ExerciseResult, score: float, max_score: float, language: str
) -> list[dict[str, Any]]:
    """Outputs of a graded test cell.

    Parameters
    ----------
    result : ExerciseResult
    score, max_score : float
    language : {"en", "fr"}

    Returns
    -------
    list of dict
        nbformat 4 outputs.
    """
    return [
        number_output(score),
        {
            "output_type": "display_data",
            "metadata": {},
            "data": {
                "text/html": as_html(result, score, max_score, language),
                "text/plain": as_text(result, score, max_score, language),
            },
        },
    ]


def number_output(score: float) -> dict[str, Any]:
    """The score alone, as nbgrader reads it."""
    return {
        "output_type": "execute_result",
        "execution_count": None,
        "metadata": {},
        "data": {"text/plain": repr(float(score))},
    }


def message_output(text: str) -> dict[str, Any]:
    """A line of plain text under a cell."""
    return {"output_type": "display_data", "metadata": {}, "data": {"text/plain": text}}


def as_text(result: ExerciseResult, score: float, max_score: float, language: str) -> str:
    """Feedback for terminals and screen readers."""
    words = WORDS[language]
    lines = [f"{words['score']} {score:g} {words['of']} {max_score:g}"]
    if result.carried:
        lines.append(words["carried"].format(names=", ".join(result.carried)))
    for outcome in result.outcomes:
        lines.append(f"[{words['passed' if outcome.passed else 'failed']}] {outcome.title[language]}")
        if outcome.finding is not None:
            lines.append(f"    {outcome.finding.text[language]}")
    return "\n".join(lines)


def as_html(result: ExerciseResult, score: float, max_score: float, language: str) -> str:
    """Feedback for the feedback page; readable in light and dark, colours never alone."""
    words = WORDS[language]
    carried = ""
    if result.carried:
        carried = f"<p>{escape(words['carried'].format(names=', '.join(result.carried)))}</p>"
    rows = "".join(_row(o, words, language) for o in result.outcomes)
    return (
        '<div style="border:1px solid currentColor;border-radius:6px;padding:.6em 1em;margin:.4em 0;max-width:52em">'
        f"<p><strong>{words['score']} {score:g} {words['of']} {max_score:g}</strong></p>{carried}"
        f'<ul style="list-style:none;padding-left:0">{rows}</ul></div>'
    )


def _row(outcome: TestOutcome, words: dict[str, str], language: str) -> str:
    sign, word, colour = (
        ("&#10003;", words["passed"], "#0a7d55")
        if outcome.passed
        else ("&#10007;", words["failed"], "#b3541e")
    )
    said = ""
    if outcome.finding is not None:
        said = f'<div style="margin:.15em 0 .5em 1.6em">{with_code(outcome.finding.text[language])}</div>'
    return (
        f'<li style="margin:.3em 0"><span style="{BADGE};background:{colour}">{sign} {word}</span> '
        f"{escape(outcome.title[language])}{said}</li>"
    )


def with_code(text: str) -> str:
    """Escape a sentence and set what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
