"""The causal mask as a table of open and hidden cells; a click on a row tells what it may look at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from grader.student.markup import Markup, tag
from grader.student.picture import BLUE, Picture, both, columns, drawing, label, show
from grader.student.speech import Words, say
from grader.student.values import labels_of, matrix, short, to_lists
from grader.student.wrong_use import WrongUse

CELL, LEFT, TOP = 40, 86, 62
RIGHT = object()  # no mask was given: None is what a function without `return` gives


def show_causal_mask(tokens: Any, mask: Any = RIGHT, title: Words | None = None) -> None:
    """Show which position may look at which.

    Parameters
    ----------
    tokens : str, sequence of str, int, or a mask
        The word or the tokens; a number of positions; or the mask itself.
    mask : (n, n) nested list or tensor, optional
        A mask to show as it is, right or wrong: 0 is open, -inf is hidden.  The causal mask by default.
    title : str or (en, fr), optional
    """
    show(draw(tokens, mask, title))


def draw(tokens: Any, mask: Any = RIGHT, title: Words | None = None) -> Picture:
    """The picture that `show_causal_mask` displays.

    Raises
    ------
    WrongUse
        If the mask is not one row and one column a token.
    """
    tokens = to_lists(tokens)
    if mask is RIGHT and isinstance(tokens, list) and not all(isinstance(t, str) for t in tokens):
        tokens, mask = len(tokens), tokens
    numbered = [str(i + 1) for i in range(tokens)] if isinstance(tokens, int) else tokens
    names = labels_of(numbered, "show_causal_mask")
    n = len(names)
    if mask is RIGHT:
        cells = [[0.0 if j <= i else -math.inf for j in range(n)] for i in range(n)]
    else:
        cells = matrix(mask, "show_causal_mask")
    if len(cells) != n or len(cells[0]) != n:
        raise WrongUse(
            f"show_causal_mask: a mask needs a row and a column for each token, here {n}; yours is {len(cells)} × "
            f"{len(cells[0])}. Look at its shape.",
            f"show_causal_mask : un masque a une ligne et une colonne pour chaque token, ici {n} ; le vôtre est "
            f"{len(cells)} × {len(cells[0])}. Regardez sa forme.",
        )

    title = title or ("What may each position look at?", "Que peut regarder chaque position ?")
    sentences = [_sentence(i, names, row) for i, row in enumerate(cells)]
    header = [say(("asks ↓ looks at →", "demande ↓ regarde →")), *names]
    rows = [[names[i], *(_word(x) for x in row)] for i, row in enumerate(cells)]
    html = drawing(
        LEFT + n * CELL + 12, TOP + n * CELL + 12, *_shapes(names, cells),
        title=title, description=" ".join(sentences), rows=rows, header=header,
        choices=list(zip(names, sentences, strict=True)),
    )  # fmt: skip
    text = columns(header, [[names[i], *(_mark(x) for x in row)] for i, row in enumerate(cells)])
    return both(html, say(title), text, say(("✓ may look, · hidden", "✓ peut regarder, · caché")))


def _shapes(names: Sequence[str], cells: Sequence[Sequence[float]]) -> list[Markup]:
    size = LEFT + len(names) * CELL
    shapes = [
        label(LEFT + (size - LEFT) / 2, 18, say(("looks at →", "regarde →")), font_size=12, opacity=0.8),
        label(LEFT - 8, TOP - 12, say(("asks ↓", "demande ↓")), font_size=12, opacity=0.8, text_anchor="end"),
    ]
    shapes += [
        label(LEFT + (j + 0.5) * CELL, TOP - 12, _fit(name), font_weight=600) for j, name in enumerate(names)
    ]
    for i, row in enumerate(cells):
        y = TOP + i * CELL
        parts = [label(LEFT - 10, y + CELL / 2 + 5, _fit(names[i]), font_weight=600, text_anchor="end")]
        for j, x in enumerate(row):
            parts += _cell(LEFT + j * CELL, y, x)
        shapes.append(tag("g", *parts, data_row=i, style="cursor:pointer"))
    return shapes


def _cell(x: float, y: float, value: float) -> list[Markup]:
    """An open cell is filled, a hidden one is crossed; anything else shows its number only."""
    opened, hidden = value == 0, value == -math.inf
    frame = tag("rect", x=x + 1, y=y + 1, width=CELL - 2, height=CELL - 2, rx=4,
                fill=BLUE if opened else "transparent", fill_opacity=0.45 if opened else None,
                stroke="currentColor", stroke_opacity=0.75 if opened else 0.3)  # fmt: skip
    shapes = [frame]
    if hidden:
        for begin, end in ((0.12, 0.3), (0.7, 0.88)):  # a diagonal that spares the mark in the middle
            shapes.append(tag("line", x1=x + CELL * begin, y1=y + CELL * (1 - begin), x2=x + CELL * end,
                              y2=y + CELL * (1 - end), stroke="currentColor", stroke_opacity=0.4))  # fmt: skip
    mark = (
        "0"
        if opened
        else short(value, 1)
        if abs(value) < 1e4
        else short(value)
        if value == -math.inf
        else f"{value:.0e}"
    )
    return [
        *shapes,
        label(
            x + CELL / 2,
            y + CELL / 2 + 5,
            mark,
            font_size=13 if len(mark) < 5 else 10,
            opacity=0.75 if hidden else None,
        ),
    ]


def _sentence(i: int, names: Sequence[str], row: Sequence[float]) -> str:
    seen = ", ".join(names[j] for j, x in enumerate(row) if x != -math.inf)
    place = names[i] if names[i] == str(i + 1) else f"{names[i]} ({i + 1})"
    if not seen:
        return say((f"{place} may look at nothing.", f"{place} ne peut rien regarder."))
    return say((f"{place} may look at: {seen}.", f"{place} peut regarder : {seen}."))


def _word(x: float) -> str:
    if x == 0:
        return say(("0 open", "0 ouvert"))
    return say(("−∞ hidden", "−∞ caché")) if x == -math.inf else short(x, 1)


def _mark(x: float) -> str:
    return "✓" if x == 0 else "·" if x == -math.inf else short(x, 1)


def _fit(name: str) -> str:
    return name if len(name) <= 6 else name[:5] + "…"
