"""Attention as lines between tokens: who asks, who is looked at; the thicker, the heavier.

A line ends before the letters, so that they can be read on any page.  A weight that is written 0.00
has none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from grader.student.markup import Markup, tag
from grader.student.picture import COLOURS, Picture, both, columns, drawing, inked, label, show
from grader.student.speech import Words, say
from grader.student.values import depth, labels_of, matrix, short, to_lists, vector
from grader.student.wrong_use import WrongUse

STEP, HIGH, MARGIN, ACROSS = 46, 150, 40, 2
TALL = HIGH + 108  # with the labels above and below
THIN, FAINT = 1.4, 0.3  # width and opacity of the weakest line that is drawn
NOTHING = 0.005  # a smaller weight is written 0.00
DASHES = (None, "7 3", "2 3", "9 3 2 3")


def show_attention(
    tokens: str | Sequence[str], weights: Any, asks: int | None = None, title: Words | None = None
) -> None:
    """Show attention weights as lines from who asks (below) to who is looked at (above).

    Parameters
    ----------
    tokens : str or sequence of str
        n tokens.
    weights : nested list or tensor
        (n,): the weights of one position; (n, n): a row a position; (H, n, n) or (1, H, n, n): one
        drawing for each of H heads.
    asks : int, optional
        With weights (n,): which position asks; the last one by default.  With a matrix: draw this
        position's lines only.
    title : str or (en, fr), optional
    """
    show(draw(tokens, weights, asks, title))


def draw(
    tokens: str | Sequence[str], weights: Any, asks: int | None = None, title: Words | None = None
) -> Picture:
    """The picture that `show_attention` displays.

    Raises
    ------
    WrongUse
        If there is not one weight a token, a weight is no number from 0 to 1, or no such position asks.
    """
    names = labels_of(tokens, "show_attention")
    if asks is not None and not (isinstance(asks, int) and 0 <= asks < len(names)):
        raise WrongUse(
            f"show_attention: asks={asks!r}, but positions go from 0 to {len(names) - 1}.",
            f"show_attention : asks={asks!r}, mais les positions vont de 0 à {len(names) - 1}.",
        )
    heads = _heads(weights, len(names), asks)
    title = title or ("Who looks at whom?", "Qui regarde qui ?")
    header = [say(("asks ↓ looks at →", "demande ↓ regarde →")), *names]
    rows, text, shapes = [], [say(title)], []
    width = max(MARGIN * 2 + (len(names) - 1) * STEP, 130)
    for h, head in enumerate(heads):
        name = say((f"head {h + 1}", f"tête {h + 1}")) if len(heads) > 1 else ""
        shown = [(i, row) for i, row in enumerate(head) if row is not None]
        shapes.append(
            tag("g", *_lines(names, shown, h, name, width),
                transform=f"translate({(h % ACROSS) * width} {(h // ACROSS) * TALL})")
        )  # fmt: skip
        lines = [[f"{name} {names[i]}".strip(), *(short(w) for w in row)] for i, row in shown]
        rows += lines
        text += [columns(header, lines)]
    description = say(("Lines from who asks to who is looked at; the thicker, the heavier. ",
                       "Des traits de qui demande vers qui est regardé ; plus épais veut dire plus de poids. "))  # fmt: skip
    choices = (
        [(names[i], _sentence(i, names, heads)) for i in range(len(names))]
        if asks is None and len(rows) > 1
        else []
    )
    html = drawing(
        width * min(len(heads), ACROSS), TALL * -(-len(heads) // ACROSS), *shapes,
        title=title, description=description + _sentence(len(names) - 1 if asks is None else asks, names, heads),
        rows=rows, header=header, choices=choices,
    )  # fmt: skip
    return both(html, *text)


def _heads(weights: Any, n: int, asks: int | None) -> list[list[list[float] | None]]:
    """For each head, a row a position; None for the rows that are not drawn."""
    found = to_lists(weights)
    if depth(found) == 4 and len(found) == 1:
        found = found[0]
    if depth(found) == 1:
        row = vector(found, "show_attention")
        found = [[row if i == (n - 1 if asks is None else asks) else None for i in range(n)]]
    else:
        found = [matrix(m, "show_attention") for m in (found if depth(found) == 3 else [found])]
        found = [[row if asks in (None, i) else None for i, row in enumerate(head)] for head in found]
    for head in found:
        if len(head) != n or any(row is not None and len(row) != n for row in head):
            raise WrongUse(
                f"show_attention: each position needs as many weights as there are tokens, here {n}. Look at how many rows "
                "and columns your weights have.",
                f"show_attention : chaque position a besoin d'autant de poids qu'il y a de tokens, ici {n}. Regardez combien "
                "vos poids ont de lignes et de colonnes.",
            )
        if any(math.isnan(w) for row in head if row is not None for w in row):
            raise WrongUse("show_attention: a weight is nan: does the mask hide a whole row?",
                           "show_attention : un poids vaut nan : le masque cache-t-il une ligne entière ?")  # fmt: skip
        if any(not -1e-6 <= w <= 1 + 1e-6 for row in head if row is not None for w in row):
            raise WrongUse("show_attention: weights go from 0 to 1: was softmax forgotten?",
                           "show_attention : les poids vont de 0 à 1 : avez-vous oublié softmax ?")  # fmt: skip
    return found


def _lines(
    names: Sequence[str], rows: Sequence[tuple[int, list[float]]], h: int, head: str, width: float
) -> list[Markup]:
    start = (width - (len(names) - 1) * STEP) / 2
    top, bottom = 52, 52 + HIGH
    asking = start + rows[0][0] * STEP if len(rows) == 1 else width / 2
    colour = COLOURS[h % len(COLOURS)]
    shapes = [
        label(width / 2, 16, head or say(("is looked at", "est regardé")), font_size=12,
              font_weight=600 if head else None, opacity=None if head else 0.8),
        label(asking, bottom + 42, say(("asks", "demande")), font_size=12, opacity=0.8),
    ]  # fmt: skip
    for i, row in rows:
        lines: list[Markup] = []
        for j, w in enumerate(row):
            if w < NOTHING:
                continue
            x1, x2 = start + i * STEP, start + j * STEP
            w = min(w, 1.0)
            path = (
                f"M {x1:.1f} {bottom - 14} C {x1:.1f} {bottom - 70}, {x2:.1f} {top + 70}, {x2:.1f} {top + 10}"
            )
            seen = say(
                (f"{names[i]} looks at {names[j]}: {short(w)}", f"{names[i]} regarde {names[j]} : {short(w)}")
            )
            lines.append(
                tag("path", tag("title", seen), d=path, fill="none", stroke=colour, style=inked(colour),
                    stroke_width=THIN + (5 - THIN) * w, stroke_opacity=FAINT + (1 - FAINT) * w, stroke_linecap="round",
                    stroke_dasharray=DASHES[h // len(COLOURS) % len(DASHES)])
            )  # fmt: skip
            if len(rows) == 1:  # room for the numbers
                lines.append(label(x2, top - 20, short(w), font_size=11))
        shapes.append(tag("g", *lines, data_row=i))
    for i, name in enumerate(names):
        x = start + i * STEP
        shapes.append(label(x, top, _fit(name), font_weight=600))
        asking = any(i == k for k, _ in rows)
        shapes.append(
            tag("g", label(x, bottom + 6, _fit(name), font_weight=600), data_row=i if len(rows) > 1 else None,
                opacity=None if asking else 0.35, style="cursor:pointer" if len(rows) > 1 else None)
        )  # fmt: skip
    return shapes


def _sentence(i: int, names: Sequence[str], heads: Sequence[Sequence[list[float] | None]]) -> str:
    said = []
    for h, head in enumerate(heads):
        row = head[i]
        if row is None:
            continue
        order = sorted(range(len(row)), key=lambda j: -row[j])[:4]
        listed = ", ".join(f"{names[j]} ({short(row[j])})" for j in order if row[j] > 0.005)
        name = say((f"head {h + 1}, ", f"tête {h + 1}, ")) if len(heads) > 1 else ""
        said.append(name + say((f"{names[i]} looks at {listed}", f"{names[i]} regarde {listed}")))
    return say(("; ", " ; ")).join(said) + "." if said else ""


def _fit(name: str) -> str:
    shown = {" ": "␣", "": "∅"}.get(name, name)
    return shown if len(shown) <= 6 else shown[:5] + "…"
