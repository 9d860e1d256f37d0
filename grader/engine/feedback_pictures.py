"""Draws the evidence of a failed test: masks side by side, shares as bars, losses as a curve.

Every drawing is an SVG made here, from numbers and short labels; nothing of a student's is markup.
It travels as an ``<img>`` with a data address: a browser runs no script and loads nothing in one, the
course's HTML filter lets it through, and its ``alt`` says the same to whoever sees no picture.  It
brings its own background, so it reads the same on any page, and turns dark with the reader's system.
Colours are Okabe and Ito's, and never alone: a frame with a corner, hatching or a number says the same.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grader.engine.feedback_words import at_full, number_text, say, share_text
from grader.engine.svg import Shape, element, sheet, words

ROW = 28  # height of a matrix cell
SPOKEN = 6  # rows of a matrix that are read out; of larger ones the differences are
LINE = 260  # length of the longest bar


@dataclass(frozen=True)
class Drawing:
    """One picture.

    Parameters
    ----------
    caption : str
        Stands above it.
    svg : str
        A whole document.
    spoken : str
        The same for a screen reader.
    lines : tuple of str
        The same for a terminal.
    """

    caption: str
    svg: str
    spoken: str
    lines: tuple[str, ...]

    @property
    def address(self) -> str:
        """The picture as a data address."""
        return "data:image/svg+xml;base64," + base64.b64encode(self.svg.encode()).decode()


def drawings(evidence: dict[str, Any] | None, language: str, reveal: str) -> list[Drawing]:
    """The pictures of a piece of evidence.

    Parameters
    ----------
    evidence : dict or None
        From `grader.checks.evidence`.
    language : {"en", "fr"}
    reveal : {"message", "counterexample", "full"}
        None for ``message``; what was seen for ``counterexample``; also what was expected for ``full``.
    """
    if evidence is None or reveal not in ("counterexample", "full"):
        return []
    full = at_full(reveal)
    if evidence["kind"] == "matrix":
        sides = ["seen", "expected"] if full else ["seen"]
        return [_matrix(evidence, side, full, language) for side in sides]
    if evidence["kind"] == "distribution":
        return [_distribution(evidence, full, language)]
    if evidence["kind"] == "curve":
        return [_curve(evidence, full, language)]
    return []


# -- matrix ---------------------------------------------------------------------------------------


def _matrix(evidence: dict[str, Any], side: str, full: bool, language: str) -> Drawing:
    rows, (top, left) = evidence[side], evidence["start"]
    # All differences together would give the expected matrix away: below `full` only the first is framed.
    wrong = [tuple(w) for w in (evidence["wrong"] if full else evidence["wrong"][:1])]
    everything = len(wrong) == len(rows) * len(rows[0]) > 1  # then frames tell nothing
    text = [[number_text(x, language) for x in row] for row in rows]
    width = max(30, 9 * max(len(t) for row in text for t in row) + 12)
    edge, head = 30, 24
    flat = evidence["dimensions"] < 2  # a vector: its one row has no index
    shapes: list[Shape] = []
    for j in range(len(rows[0])):
        shapes.append(words(edge + (j + 0.5) * width, head - 8, left + j, "faint"))
    for i, row in enumerate(rows):
        if not flat:
            shapes.append(words(edge - 8, head + (i + 0.5) * ROW + 4, top + i, "faint", anchor="end"))
        for j, value in enumerate(row):
            x, y = edge + j * width, head + i * ROW
            colour = _class_of(value)
            shapes.append(element("rect", x=x, y=y, width=width, height=ROW, **{"class": f"cell {colour}"}))
            shapes.append(words(x + width / 2, y + ROW / 2 + 5, text[i][j], f"{colour}-ink", anchor="middle"))
    for i, j in () if everything else wrong:
        x, y = edge + j * width, head + i * ROW
        shapes.append(
            element("rect", x=x + 2, y=y + 2, width=width - 4, height=ROW - 4, **{"class": "frame"})
        )
        corner = f"{x + 2},{y + 2} {x + 11},{y + 2} {x + 2},{y + 11}"
        shapes.append(element("polygon", points=corner, **{"class": "corner"}))
    caption = say(side, language) + _where(evidence, language)
    if side == "seen":
        framed = "all differ" if everything else "framed" if full else "framed first"
        caption += f" · {say(framed, language)}"
    spoken = _spoken_matrix(evidence, side, text, wrong, language)
    size = (edge + len(rows[0]) * width + 8, head + len(rows) * ROW + 8)
    return Drawing(caption, sheet(size, shapes, say(side, language), spoken), spoken, _grid(text))


def _class_of(value: float | str) -> str:
    if value == "-inf":
        return "closed"
    if isinstance(value, str):
        return "strange"
    return "zero" if value == 0 else "some"


def _where(evidence: dict[str, Any], language: str) -> str:
    rows, columns = evidence["of"]
    shown = evidence["seen"]
    parts = []
    if evidence["slice"]:
        parts.append(f"[{', '.join(map(str, evidence['slice']))}]")
    if (rows, columns) != (len(shown), len(shown[0])):
        top, left = evidence["start"]
        parts.append(
            say("window", language).format(
                top, top + len(shown) - 1, left, left + len(shown[0]) - 1, rows, columns
            )
        )
    return f" {', '.join(parts)}" if parts else ""


def _spoken_matrix(
    evidence: dict[str, Any], side: str, text: list[list[str]], wrong: Sequence[Any], language: str
) -> str:
    top, left = evidence["start"]
    row_word = say("row", language)
    if len(text) <= SPOKEN and len(text[0]) <= SPOKEN:
        said = "; ".join(f"{row_word} {top + i}: {', '.join(row)}" for i, row in enumerate(text))
    else:
        column_word = say("column", language)
        said = "; ".join(
            f"{row_word} {top + i}, {column_word} {left + j}: {text[i][j]}" for i, j in wrong[:SPOKEN]
        )
    return f"{say(side, language)}{_where(evidence, language)}. {said}."


def _grid(text: list[list[str]]) -> tuple[str, ...]:
    width = max(len(t) for row in text for t in row)
    return tuple("  ".join(t.rjust(width) for t in row) for row in text)


# -- distribution ---------------------------------------------------------------------------------


def _distribution(evidence: dict[str, Any], full: bool, language: str) -> Drawing:
    bars = [(b["label"], b["seen"], b["expected"]) for b in evidence["bars"]]
    if not full:  # outcomes that were never drawn, and the order, would tell what was expected
        bars = sorted((b for b in bars if b[1] > 0), key=lambda b: -b[1])
    others = evidence["others"]
    if others["count"] and (full or others["seen"] > 0):
        bars.append((say("others", language), others["seen"], others["expected"]))
    longest = max([s for _, s, _ in bars] + ([e for _, _, e in bars] if full else []) + [1e-9])
    edge = 16 + 9 * max(len(b[0]) for b in bars)
    step, head = (34 if full else 24), (52 if full else 32)
    shapes: list[Shape] = [_key(12, 8, "seen-bar", say("drawn", language).format(evidence["drawn"]))]
    if full:
        shapes.append(_key(12, 28, "expected-bar", say("law", language)))
    lines = []
    for i, (name, seen, expected) in enumerate(bars):
        y = head + i * step
        shapes.append(words(edge - 8, y + step / 2 + 2, name, "ink", anchor="end"))
        shapes += _bar(edge, y, seen / longest, "seen-bar", share_text(seen, language))
        line = f"{name}: {say('seen share', language)} {share_text(seen, language)}"
        if full:
            shapes += _bar(edge, y + 15, expected / longest, "expected-bar", share_text(expected, language))
            line += f", {say('expected share', language)} {share_text(expected, language)}"
        lines.append(line)
    caption = say("distribution" if full else "drawn only", language)
    spoken = f"{caption}. {'; '.join(lines)}."
    size = (edge + LINE + 70, head + len(bars) * step + 8)
    return Drawing(caption, sheet(size, shapes, caption, spoken), spoken, tuple(lines))


def _bar(x: float, y: float, part: float, colour: str, text: str) -> list[Shape]:
    length = LINE * part
    return [
        element("rect", x=x, y=y + 2, width=max(length, 1.0), height=12, **{"class": colour}) if part else "",
        words(x + length + 6, y + 12.5, text, "ink small"),
    ]


def _key(x: float, y: float, colour: str, text: str) -> Shape:
    return element("rect", x=x, y=y, width=14, height=12, **{"class": colour}) + words(
        x + 20, y + 11, text, "ink"
    )


# -- curve ----------------------------------------------------------------------------------------


def _curve(evidence: dict[str, Any], full: bool, language: str) -> Drawing:
    goal = evidence["goal"] if full and isinstance(evidence["goal"], float) else None  # else: none, or "inf"
    steps, losses = evidence["steps"], evidence["losses"]
    finite = [x for x in losses if isinstance(x, float)] or [1.0]
    highest = max([*finite, goal or 0.0, 1e-9]) * 1.1
    left, top, width, height = 46, 30, 330, 150
    span = max(steps[-1] - steps[0], 1)

    def place(step: int, loss: float) -> tuple[float, float]:
        return left + width * (step - steps[0]) / span, top + height * (1 - max(loss, 0.0) / highest)

    points = [place(s, x) for s, x in zip(steps, losses, strict=True) if isinstance(x, float)]
    shapes: list[Shape] = [
        element("polyline", points=f"{left},{top} {left},{top + height} {left + width},{top + height}",
                **{"class": "axis"}),
        words(left, top - 12, say("loss", language), "ink", anchor="middle"),
        words(left + width, top + height + 18, say("step", language).format(steps[-1]), "ink", anchor="end"),
        words(left - 6, top + height + 4, "0", "faint", anchor="end"),
        words(left, top + height + 18, steps[0], "faint", anchor="middle"),
        element("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points), **{"class": "curve"}),
    ]  # fmt: skip
    shapes += [element("circle", cx=x, cy=y, r=3.5, **{"class": "seen-bar"}) for x, y in points]
    if points:
        for (x, y), value in ((points[0], finite[0]), (points[-1], finite[-1])):
            shapes.append(words(x + 4, y - 8, number_text(value, language), "ink", anchor="start"))
    said = f"{say('loss', language)}: " + "; ".join(
        f"{s}: {number_text(x, language)}" for s, x in zip(steps, losses, strict=True)
    )
    if goal is not None:
        _, y = place(steps[0], goal)
        shapes.append(
            element("line", x1=left, y1=y, x2=left + width, y2=y, **{"class": "frame", "stroke-dasharray": "7 4"})
        )  # fmt: skip
        below = say("goal", language).format(number_text(goal, language))
        shapes.append(words(left + width, y + 16, below, "ink", anchor="end"))
        said += f"; {below}"
    caption = say("curve", language)
    size = (left + width + 50, top + height + 30)
    return Drawing(
        caption, sheet(size, shapes, caption, said), f"{caption}. {said}.", tuple(said.split("; "))
    )
