"""What stands under a test cell after grading: the score, and a sentence for each failed test.

The first output is the score as ``execute_result``, from which nbgrader reads partial credit; the
second the feedback as HTML and plain text.  Everything that came from a student is escaped.

How much of a failed test is shown is the course's choice (`c.Grading.reveal`): ``message`` is the
likely cause without an input or a value, ``counterexample`` the sentence with the smallest input
that shows it and a picture of what was seen, ``full`` also what was expected and the student's own
lines of a traceback.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from grader.engine.feedback_pictures import Drawing, drawings
from grader.engine.feedback_words import at_full, say, sentence
from grader.result import ExerciseResult, Finding, TestOutcome

# White on a dark colour reads the same on a light page and a dark one (5:1 against either colour).
BADGE = "color:#fff;font-weight:bold;font-size:.9em;border-radius:4px;padding:.05em .45em"
BELOW = "margin:.15em 0 .5em 1.6em"
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")  # terminal colours in a student's traceback
DEFAULT_REVEAL = "counterexample"


def score_outputs(
    result: ExerciseResult, score: float, max_score: float, language: str, reveal: str = DEFAULT_REVEAL
) -> list[dict[str, Any]]:
    """Outputs of a graded test cell.

    Parameters
    ----------
    result : ExerciseResult
    score, max_score : float
    language : {"en", "fr"}
    reveal : {"message", "counterexample", "full"}

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
                "text/html": as_html(result, score, max_score, language, reveal),
                "text/plain": as_text(result, score, max_score, language, reveal),
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


def as_text(
    result: ExerciseResult, score: float, max_score: float, language: str, reveal: str = DEFAULT_REVEAL
) -> str:
    """Feedback for terminals and screen readers."""
    lines = [f"{say('score', language)} {score:g} {say('of', language)} {max_score:g}"]
    if result.carried:
        lines.append(say("carried", language).format(names=", ".join(result.carried)))
    for outcome in result.outcomes:
        lines.append(f"[{_word(outcome, language)}] {outcome.title[language]}")
        if outcome.finding is not None:
            lines.append(f"    {sentence(outcome.finding, language, reveal)}")
            for drawing in drawings(outcome.finding.evidence, language, reveal):
                lines.append(f"    {drawing.caption}")
                lines.extend(f"      {line}" for line in drawing.lines)
            lines.extend(f"      {line}" for line in own_lines(outcome.finding, reveal).split("\n") if line)
    return "\n".join(lines)


def as_html(
    result: ExerciseResult, score: float, max_score: float, language: str, reveal: str = DEFAULT_REVEAL
) -> str:
    """Feedback for the feedback page; readable in light and dark, colours never alone."""
    carried = ""
    if result.carried:
        carried = f"<p>{escape(say('carried', language).format(names=', '.join(result.carried)))}</p>"
    rows = "".join(_row(o, language, reveal) for o in result.outcomes)
    return (
        '<div style="border:1px solid currentColor;border-radius:6px;padding:.6em 1em;margin:.4em 0;max-width:52em">'
        f"<p><strong>{say('score', language)} {score:g} {say('of', language)} {max_score:g}</strong></p>{carried}"
        f'<ul style="list-style-type:none;padding-left:0;margin-left:0">{rows}</ul></div>'
    )


def _row(outcome: TestOutcome, language: str, reveal: str) -> str:
    sign, colour = ("&#10003;", "#0a7d55") if outcome.passed else ("&#10007;", "#b3541e")
    said = ""
    if outcome.finding is not None:
        text = with_code(sentence(outcome.finding, language, reveal))
        pictures = "".join(_picture(d) for d in drawings(outcome.finding.evidence, language, reveal))
        said = f'<div style="{BELOW}">{text}{_trace(outcome.finding, language, reveal)}</div>'
        said += f'<div style="{BELOW}">{pictures}</div>' if pictures else ""
    return (
        f'<li style="margin:.3em 0"><span style="{BADGE};background-color:{colour}">{sign} {_word(outcome, language)}'
        f"</span> {escape(outcome.title[language])} {said}</li>"
    )


def _picture(drawing: Drawing) -> str:
    return (
        '<div style="display:inline-block;vertical-align:top;margin:.3em 1em .3em 0;max-width:100%">'
        f'<div style="font-size:.9em">{escape(drawing.caption)}</div>'
        f'<img src="{drawing.address}" alt="{escape(drawing.spoken)}" style="max-width:100%;height:auto"></div>'
    )


def _trace(finding: Finding, language: str, reveal: str) -> str:
    lines = own_lines(finding, reveal)
    if not lines:
        return ""
    return f'<div style="margin-top:.3em">{say("trace", language)}</div><pre>{escape(lines)}</pre>'


def own_lines(finding: Finding, reveal: str) -> str:
    """The student's lines of a traceback, where the course shows them; never a test's."""
    if not at_full(reveal) or finding.kind != "error":
        return ""
    kept = ESCAPES.sub("", finding.detail).rstrip()
    return re.sub(r'File ".*?ipykernel_[^"]*"', "File <notebook>", kept)


def _word(outcome: TestOutcome, language: str) -> str:
    return say("passed" if outcome.passed else "failed", language)


def with_code(text: str) -> str:
    """Escape a sentence and set what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
