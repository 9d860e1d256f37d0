"""A model as boxes from bottom to top, with its real sizes and its shortcuts (residual connections).

What is drawn is read from the model itself: `anatomy.py` turns it into `Stage`s.
"""

from __future__ import annotations

from typing import Any

from grader.student.markup import Markup, tag
from grader.student.picture import (
    BLUE,
    GREEN,
    ORANGE,
    PINK,
    SKY,
    Picture,
    both,
    columns,
    drawing,
    label,
    show,
)
from grader.student.pictures.anatomy import Block, Stage, stages
from grader.student.speech import Words, say, written

WIDE, BOX, GAP, LEFT, HIGH = 560, 300, 22, 150, 46
COLOUR = {"embedding": SKY, "attention": ORANGE, "mlp": GREEN, "norm": PINK, "head": BLUE}


IDS: Words = ("token ids", "identifiants des tokens")
LETTERS: Words = ("letters, as numbers", "les lettres, en numéros")
NEXT: Words = ("what comes next", "la suite")


def show_architecture(model: Any, title: Words | None = None, result: Words = NEXT) -> None:
    """Show the parts of a model, their sizes and the shortcuts around them.

    Parameters
    ----------
    model : dict of parameters, nn.Module, or list of Stage and Block
        The `params` of lessons 5 and 6; lesson 3's ``{"embeddings": ..., "W": ..., "b": ...}``; the
        project's `TransformerDecoder`; a GPT-2 of `transformers`; any other module (its children).
    title : str or (en, fr), optional
    result : str or (en, fr), optional
        What comes out at the top.
    """
    show(draw(model, title, result))


def draw(model: Any, title: Words | None = None, result: Words = NEXT) -> Picture:
    """The picture that `show_architecture` displays."""
    parts = stages(model)
    total = sum(p.parameters for p in parts)
    counted = written(total, ",")
    title = title or (f"The model: {counted} parameters", f"Le modèle : {counted} paramètres")
    shapes, height = _column(
        parts, IDS if callable(getattr(model, "named_children", None)) else LETTERS, result
    )
    rows: list[list[str]] = []
    for part in parts:
        inner = part.stages if isinstance(part, Block) else (part,)
        for stage in inner:
            times = f" × {part.times}" if isinstance(part, Block) and part.times > 1 else ""
            plus = say((" (+ shortcut)", " (+ raccourci)")) if stage.shortcut else ""
            rows.append(
                [
                    say(stage.name) + times + plus,
                    say(stage.size),
                    written(stage.parameters, ",") if stage.parameters else "",
                ]
            )
    header = [say(("part", "partie")), say(("size", "taille")), say(("parameters", "paramètres"))]
    if not any(size for _, size, _ in rows):  # nothing is known about them
        header, rows = [header[0], header[2]], [[part, count] for part, _, count in rows]
    text = columns(header, rows)
    description = say(("From bottom to top: ", "De bas en haut : ")) + ", ".join(
        f"{r[0]} {r[1]}".strip() for r in rows
    )
    html = drawing(WIDE, height, *shapes, title=title, description=description, rows=rows, header=header)
    return both(html, say(title), text)


def _column(parts: list[Stage | Block], given: Words, result: Words) -> tuple[list[Markup], float]:
    """The boxes, first part at the bottom; and the height of it all."""
    height = 65.0 + sum(_height(p) for p in parts)
    shapes: list[Markup] = []
    y = height - 12
    middle = LEFT + BOX / 2
    shapes.append(label(middle, y, say(given), font_size=13, opacity=0.8))
    y -= 18
    for part in parts:
        if isinstance(part, Block):
            top = y - _height(part) + 10
            shapes.append(tag("rect", x=LEFT - 112, y=top, width=BOX + 130, height=y - top - 8, rx=10, fill="none",
                              stroke="currentColor", stroke_opacity=0.45, stroke_dasharray="5 4"))  # fmt: skip
            shapes.append(label(LEFT + BOX + 30, (y + top) / 2 + 5, f"× {part.times}", text_anchor="start", font_weight=700,
                                font_size=18))  # fmt: skip
            shapes.append(_line(middle, y, y - 12))
            y -= 12
            for stage in part.stages:
                y = _stage(shapes, stage, y)
            shapes.append(_line(middle, y, y - 12))
            y -= 12
        else:
            y = _stage(shapes, part, y)
    shapes += [_line(middle, y, y - 14), _arrow(middle, y - 14)]
    shapes.append(label(middle, y - 19, say(result), font_size=13, opacity=0.8))
    return shapes, height


def _height(part: Stage | Block) -> float:
    if isinstance(part, Block):
        return sum(map(_height, part.stages)) + 24
    return HIGH + GAP + (22 if part.shortcut else 0)


def _stage(shapes: list[Markup], stage: Stage, y: float) -> float:
    """Draw one box whose arrow enters at height y; return where the next one begins."""
    middle = LEFT + BOX / 2
    top = y - GAP - HIGH
    shapes.append(tag("line", x1=middle, y1=y, x2=middle, y2=top + HIGH, stroke="currentColor"))
    shapes.append(_arrow(middle, top + HIGH))
    colour = COLOUR.get(stage.kind, "transparent")
    shapes.append(tag("rect", x=LEFT, y=top, width=BOX, height=HIGH, rx=7, fill=colour, fill_opacity=0.28,
                      stroke="currentColor", stroke_opacity=0.7))  # fmt: skip
    shapes.append(label(middle, top + 19, say(stage.name), font_weight=600))
    small = " · ".join(filter(None, [say(stage.size), _count(stage.parameters)]))
    shapes.append(label(middle, top + 36, small, font_size=12))
    if not stage.shortcut:
        return top
    plus = top - 12
    # The value goes on beside the box too, and is added to what the box made of it.
    side, start = LEFT - 30, y - 6
    path = f"M {middle} {start:.1f} H {side + 10} Q {side} {start:.1f} {side} {start - 10:.1f} V {plus + 10:.1f} " \
           f"Q {side} {plus:.1f} {side + 10} {plus:.1f} H {middle - 10}"  # fmt: skip
    shapes.append(tag("path", d=path, fill="none", stroke="currentColor", stroke_width=2))
    shapes.append(tag("line", x1=middle, y1=top, x2=middle, y2=plus + 9, stroke="currentColor"))
    shapes.append(
        tag("circle", cx=middle, cy=plus, r=9, fill="none", stroke="currentColor", stroke_width=1.5)
    )
    shapes.append(label(middle, plus + 5, "+", font_weight=700))
    shapes.append(
        label(
            side - 8, (start + plus) / 2 + 4, say(("shortcut", "raccourci")), text_anchor="end", font_size=12
        )
    )
    return plus - 9


def _line(x: float, y1: float, y2: float) -> Markup:
    return tag("line", x1=x, y1=y1, x2=x, y2=y2, stroke="currentColor")


def _arrow(x: float, y: float) -> Markup:
    return tag("path", d=f"M {x - 4} {y + 7:.1f} L {x} {y:.1f} L {x + 4} {y + 7:.1f} Z", fill="currentColor")


def _count(n: int) -> str:
    return say((f"{written(n, ',')} parameters", f"{written(n, ',')} paramètres")) if n else ""
