"""Banners and the progress bar: what `check`, `verify` and `exercise` put under a cell.

Inline styles only, no style sheet and no script: a banner looks the same in a notebook that the
front end does not trust.  A colour always comes with an icon and a word.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from grader.student.lessons import Exercise, Lesson
from grader.student.markup import Markup, join, tag
from grader.student.picture import Picture
from grader.student.speech import Words, say

# Border and faint background that stay readable below light and dark text.
GREEN = ("#009E73", "rgba(0,158,115,.14)")
YELLOW = ("#E69F00", "rgba(230,159,0,.16)")
BLUE = ("#0072B2", "rgba(0,114,178,.10)")

PASSED: Words = ("Passed", "Réussi")
NOT_YET: Words = ("Not yet", "Pas encore")


def progress(lesson: Lesson) -> tuple[Markup, str]:
    """The bar of a lesson, as HTML and as text; neither at grading, where no check counts what is done."""
    if os.environ.get("NBGRADER_EXECUTION") == "autograde":
        return Markup(""), ""
    total, done = len(lesson.exercises), len(lesson.done)
    words = say(
        (
            f"{done} of {total} exercises done",
            f"{done} {'exercices faits' if done > 1 else 'exercice fait'} sur {total}",
        )
    )
    pieces = [
        tag("span", "\u00a0", title=name + say((": ", " : ")) + say(PASSED if name in lesson.done else NOT_YET),
            style="display:inline-block;height:8px;line-height:8px;font-size:1px;border:1px solid #009E73;"
                  f"background-color:{GREEN[0] if name in lesson.done else 'transparent'};"
                  f"width:{max(1.0, 100 / max(total, 1) - 1):.1f}%;margin-right:.5%;box-sizing:border-box")
        for name in lesson.exercises
    ]  # fmt: skip
    bar = tag("div", *pieces, role="progressbar", aria_valuemin=0, aria_valuemax=total, aria_valuenow=done,
              aria_label=words, style="max-width:420px;margin-top:6px")  # fmt: skip
    text = f"[{'#' * done}{'.' * (total - done)}] {words}"
    return join(bar, tag("div", words, style="font-size:.85em;margin-top:2px")), text


def panel(colours: tuple[str, str], icon: str, head: object, *parts: object) -> Markup:
    """A coloured panel with an icon and a heading."""
    heading = tag(
        "div", tag("span", icon, aria_hidden="true", style="margin-right:.5em"), head, style="font-weight:600"
    )
    return tag(
        "div", heading, *parts, role="status",
        style=f"border:1px solid {colours[0]};border-left:8px solid {colours[0]};border-radius:4px;"
              f"background-color:{colours[1]};color:inherit;padding:8px 12px;margin:6px 0;max-width:760px",
    )  # fmt: skip


def passed(lesson: Lesson, exercise: Exercise, titles: Sequence[Words]) -> Picture:
    """All public checks of an exercise passed."""
    head = say((f"Passed: {exercise.name}", f"Réussi : {exercise.name}"))
    bar, bar_text = progress(lesson)
    lines = [f"✓ {say(t)}" for t in titles]
    html = panel(GREEN, "✔", head, _listed(lines), bar)
    text = "\n".join([f"✔ {head}", *(f"  {line}" for line in lines), bar_text]).rstrip()
    if lesson.finished:
        bravo, bravo_text = congratulation(lesson)
        html, text = join(html, bravo), f"{text}\n{bravo_text}"
    return Picture(html, text)


def not_yet(lesson: Lesson, exercise: Exercise, outcomes: Sequence[tuple[Words, str | None]]) -> Picture:
    """Some public check failed: the first sentence in full, all titles with a mark."""
    head = say((f"Not yet: {exercise.name}", f"Pas encore : {exercise.name}"))
    sentence = next(s for _, s in outcomes if s is not None)
    lines = [f"{'✓' if s is None else '✗'} {say(t)}" for t, s in outcomes]
    bar, bar_text = progress(lesson)
    said = tag("div", _with_code(sentence), style="margin:6px 0;white-space:pre-wrap")
    html = panel(YELLOW, "⚠", head, said, _listed(lines), bar)
    return Picture(
        html, "\n".join([f"⚠ {head}", f"  {sentence}", *(f"  {line}" for line in lines), bar_text]).rstrip()
    )


def explored(lesson: Lesson | None, good: bool, sentence: str) -> Picture:
    """The answer to an explore cell."""
    icon, colours, word = ("✔", GREEN, PASSED) if good else ("⚠", YELLOW, NOT_YET)
    bar, bar_text = progress(lesson) if lesson else (Markup(""), "")
    html = panel(colours, icon, say(word), tag("div", sentence, style="margin-top:4px"), bar)
    return Picture(html, f"{icon} {say(word)}. {sentence}\n{bar_text}".rstrip())


def opening(lesson: Lesson, exercise: Exercise) -> Picture:
    """The banner above an exercise."""
    number = list(lesson.exercises).index(exercise.name) + 1
    points = f"{exercise.points:g} point{'s' if exercise.points > 1 else ''}"
    head = say((f"Exercise {number}: {say(exercise.title)}", f"Exercice {number} : {say(exercise.title)}"))
    task = say((f"Define {exercise.asks_for} ({points}).", f"Définissez {exercise.asks_for} ({points})."))
    bar, bar_text = progress(lesson)
    return Picture(panel(BLUE, "✎", head, tag("div", task), bar), f"✎ {head}\n  {task}\n{bar_text}".rstrip())


def congratulation(lesson: Lesson) -> tuple[Markup, str]:
    """All exercises of the lesson are done."""
    head = say(
        (
            f"Congratulations! {say(lesson.title)}: all exercises are done.",
            f"Bravo ! {say(lesson.title)} : tous les exercices sont faits.",
        )
    )
    then = say(
        (
            "Go on to the end of the page. Before you hand in: restart the kernel, run everything, and read your work "
            "once more from the top.",
            "Allez jusqu'au bout de la page. Avant de rendre : redémarrez le noyau, exécutez tout, et relisez votre "
            "travail depuis le début.",
        )
    )
    html = panel(GREEN, "★ ★ ★", head, tag("div", then, style="margin-top:4px"))
    return html, f"★ ★ ★ {head}\n  {then}"


def _with_code(sentence: str) -> Markup:
    """What stands between backticks is code."""
    return join(*(tag("code", part) if i % 2 else part for i, part in enumerate(sentence.split("`"))))


def _listed(lines: Sequence[str]) -> Markup:
    return tag("div", *(tag("div", line) for line in lines), style="font-size:.9em;margin:4px 0")
