"""A map of embeddings: vectors of any size, laid flat so that close ones stay close.

Two numbers are drawn as they are.  More are projected on the two directions in which the vectors
differ most (principal component analysis), found by power iteration in plain Python.

Letters stand above all shapes.  A letter that would lie on another one steps aside, and a thin line
leads to its point.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.student.described import counted
from grader.student.markup import Markup, tag
from grader.student.picture import COLOURS, Picture, both, columns, drawing, label, show
from grader.student.speech import Words, say
from grader.student.values import labels_of, matrix, short
from grader.student.wrong_use import WrongUse

SIDE, MARGIN, RADIUS, LEGEND = 420, 26, 10, 26
TALL = 14  # height of a letter
# Where a letter may step: so far from its point, turned so far from the way that leads off the others.
ASIDE = [(far, 22.5 * turn) for far in (20, 27, 34, 42, 51, 61, 72, 84) for turn in range(-7, 9)]
ITERATIONS = 300
HUGE = 1e100  # beyond, squares of distances are no numbers any more


def show_embeddings(
    vectors: Any,
    labels: Sequence[str],
    groups: Mapping[Any, Sequence[str]] | None = None,
    title: Words | None = None,
) -> None:
    """Show vectors as a map.

    Parameters
    ----------
    vectors : (n, d) nested list or tensor, or dict of title to such a table
        A dict draws several maps side by side, say before and after training.
    labels : str or sequence of str
        n names.
    groups : dict of name to labels, optional
        Labels to tell apart by shape and colour, say ``{("vowels", "voyelles"): "aeiouy"}``.  Names
        and titles may be pairs (en, fr).
    title : str or (en, fr), optional
    """
    show(draw(vectors, labels, groups, title))


def draw(
    vectors: Any,
    labels: Sequence[str],
    groups: Mapping[Any, Sequence[str]] | None = None,
    title: Words | None = None,
) -> Picture:
    """The picture that `show_embeddings` displays.

    Raises
    ------
    WrongUse
        If there is not one vector a label, or a number is nan, infinite or huge.
    """
    names = labels_of(labels, "show_embeddings")
    tables = vectors if isinstance(vectors, Mapping) and vectors else {"": vectors}
    maps = {say(key): flat(_drawable(table, len(names))) for key, table in tables.items()}
    title = title or ("Map of the embeddings", "Carte des embeddings")
    kind = {x: k + 1 for k, members in enumerate((groups or {}).values()) for x in members}
    shapes: list[Markup] = []
    for i, (name, points) in enumerate(maps.items()):
        drawn = _map(points, names, kind, name)
        shapes.append(tag("g", *drawn, transform=f"translate({i * SIDE} 0)"))
    if groups:
        shapes += _legend([say(name) for name in groups])
    header = ["", *(f"{name} {axis}".strip() for name in maps for axis in ("x", "y"))]
    rows = [[x, *(short(v, 2) for points in maps.values() for v in points[i])] for i, x in enumerate(names)]
    near = _neighbours(list(maps.values())[-1], names)
    height = SIDE + (LEGEND if groups else 0)
    html = drawing(SIDE * len(maps), height, *shapes, title=title, description=near, rows=rows, header=header)
    return both(html, say(title), columns(header, rows), near)


def _drawable(table: Any, n: int) -> list[list[float]]:
    """The vectors, one for each of n labels, of numbers that a page has room for."""
    rows = matrix(table, "show_embeddings")
    if len(rows) != n:
        labelled = counted(n, "label", "étiquette")
        raise WrongUse(
            f"show_embeddings: {labelled[0]} for a list of {len(rows)}: each vector needs one of its own.",
            f"show_embeddings : {labelled[1]} pour une liste de {len(rows)} : il en faut une par vecteur.",
        )
    strange = next((x for row in rows for x in row if not abs(x) < HUGE), None)
    if strange is not None:
        shown = f"{strange:.3g}"
        raise WrongUse(
            f"show_embeddings: one of the numbers is {shown}, which cannot be drawn. If it comes from a training, is lr too "
            "large?",
            f"show_embeddings : l'un des nombres vaut {shown}, ce qui ne se dessine pas. S'il vient d'un entraînement, lr "
            "est-il trop grand ?",
        )
    return rows


def flat(rows: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    """Points in the plane: the rows themselves, or their two main components.

    Parameters
    ----------
    rows : n rows of d numbers

    Returns
    -------
    list of (float, float)
    """
    if not rows:
        return []
    size = len(rows[0])
    if size <= 2:
        return [(row[0], row[1] if size == 2 else 0.0) for row in rows]
    mean = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    centred = [[x - m for x, m in zip(row, mean, strict=True)] for row in rows]
    axes: list[list[float]] = []
    for k in range(2):
        # Any start will do that is not at right angles to the axis; this one is the same each time.
        axis = _unit([math.cos(1.0 + k + 2.3 * i) for i in range(size)], axes)
        for _ in range(ITERATIONS):
            shares = [sum(x * a for x, a in zip(row, axis, strict=True)) for row in centred]
            pulled = [sum(s * row[j] for s, row in zip(shares, centred, strict=True)) for j in range(size)]
            if not any(abs(x) > 1e-300 for x in pulled):
                break  # nothing varies any more in this direction
            axis = _unit(pulled, axes)
        axes.append(axis)
    return [tuple(sum(x * a for x, a in zip(row, axis, strict=True)) for axis in axes) for row in centred]  # type: ignore[misc]


def _unit(vector: Sequence[float], others: Sequence[Sequence[float]]) -> list[float]:
    """The vector without its parts along the others, made one long."""
    found = list(vector)
    for other in others:
        along = sum(x * o for x, o in zip(found, other, strict=True))
        found = [x - along * o for x, o in zip(found, other, strict=True)]
    long = math.sqrt(sum(x * x for x in found)) or 1.0
    return [x / long for x in found]


def _map(
    points: Sequence[tuple[float, float]], names: Sequence[str], kind: Mapping[str, int], title: str
) -> list[Markup]:
    frame = tag(
        "rect",
        x=4,
        y=4,
        width=SIDE - 8,
        height=SIDE - 8,
        rx=6,
        fill="none",
        stroke="currentColor",
        stroke_opacity=0.25,
    )
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    # One scale for both directions, or distances would lie.
    span = max(max(xs) - min(xs), max(ys) - min(ys)) or 1.0
    room = SIDE - 2 * (MARGIN + RADIUS)
    middle = ((max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2)
    shapes = [frame]
    if title:
        shapes.append(label(SIDE / 2, 22, title, font_weight=600))
    said = [{" ": "␣"}.get(name, name) for name in names]
    spots = [
        _Spot(SIDE / 2 + (x - middle[0]) / span * room, SIDE / 2 - (y - middle[1]) / span * room, text)
        for (x, y), text in zip(points, said, strict=True)
    ]
    letters = _spread(spots, 34 if title else 12)
    shapes += [_dot(spot.x, spot.y, kind.get(name, 0)) for spot, name in zip(spots, names, strict=True)]
    for spot, letter in zip(spots, letters, strict=True):
        if spot != letter:
            shapes.append(_leader(spot, letter))
    shapes += [label(letter.x, letter.y + 5, letter.text, font_weight=600) for letter in letters]
    return shapes


@dataclass(frozen=True)
class _Spot:
    """Middle of a point or of its letter."""

    x: float
    y: float
    text: str

    def hides(self, other: _Spot) -> bool:
        """Whether letters here and there would lie on each other."""
        room = 4.5 * (len(self.text) + len(other.text)) + 3
        return abs(self.x - other.x) < room and abs(self.y - other.y) < TALL

    def covers(self, dot: _Spot) -> bool:
        """Whether a letter here would lie on that point."""
        room = 4.5 * len(self.text) + RADIUS
        return abs(self.x - dot.x) < room and abs(self.y - dot.y) < TALL / 2 + RADIUS


def _spread(spots: Sequence[_Spot], top: float) -> list[_Spot]:
    """Where the letters go: on their points where there is room, else beside them."""
    crowds = [[other for other in spots if other is not spot and spot.hides(other)] for spot in spots]
    placed = [spot for spot, crowd in zip(spots, crowds, strict=True) if not crowd]
    lines: list[tuple[_Spot, _Spot]] = []
    letters = []
    for spot, crowd in zip(spots, crowds, strict=True):
        if not crowd:
            letters.append(spot)
            continue
        away = math.atan2(spot.y - _mean(p.y for p in crowd), spot.x - _mean(p.x for p in crowd))
        found, least = spot, math.inf
        for far, turn in ASIDE:
            angle = away + math.radians(turn)
            trial = _Spot(spot.x + far * math.cos(angle), spot.y + far * math.sin(angle), spot.text)
            half = 4.5 * len(trial.text)
            if not (8 + half < trial.x < SIDE - 8 - half and top < trial.y < SIDE - 12):
                continue
            bad = far / 40 + abs(turn) / 360
            bad += 9 * sum(trial.hides(other) for other in placed)
            bad += 2 * sum(trial.covers(dot) for dot in spots)
            bad += 5 * sum(_near(other, spot, trial) for other in placed)
            bad += 5 * sum(_near(trial, *line) for line in lines)
            if bad < least:
                found, least = trial, bad
        letters.append(found)
        placed.append(found)
        lines.append((spot, found))
    return letters


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found)


def _near(letter: _Spot, start: _Spot, end: _Spot) -> bool:
    """Whether the line from start to end goes through a letter."""
    steps = [k / 8 for k in range(9)]
    along = [(start.x + t * (end.x - start.x), start.y + t * (end.y - start.y)) for t in steps]
    return any(
        abs(x - letter.x) < 4.5 * len(letter.text) + 1 and abs(y - letter.y) < TALL / 2 for x, y in along
    )


def _leader(spot: _Spot, letter: _Spot) -> Markup:
    """A thin line from a point to just before its letter."""
    far = math.dist((spot.x, spot.y), (letter.x, letter.y)) or 1.0
    share = max(0.0, 1 - 8 / far)
    return tag("line", x1=spot.x, y1=spot.y, x2=spot.x + share * (letter.x - spot.x),
               y2=spot.y + share * (letter.y - spot.y), stroke="currentColor", stroke_opacity=0.7)  # fmt: skip


def _dot(x: float, y: float, kind: int) -> Markup:
    """Circle, square, diamond: the shape tells the group as well as the colour."""
    look = {"fill": COLOURS[kind % len(COLOURS)], "fill_opacity": 0.3, "stroke": COLOURS[kind % len(COLOURS)],
            "stroke_width": 2}  # fmt: skip
    if kind % 3 == 0:
        return tag("circle", cx=x, cy=y, r=RADIUS, **look)
    turn = f"rotate(45 {x:.2f} {y:.2f})" if kind % 3 == 2 else None
    side = RADIUS * 1.85
    return tag("rect", x=x - side / 2, y=y - side / 2, width=side, height=side, transform=turn, **look)


def _legend(groups: Sequence[str]) -> list[Markup]:
    shapes = []
    for k, name in enumerate([*groups, say(("others", "autres"))]):
        x = 24 + k * 120
        kind = (k + 1) % (len(groups) + 1)
        shapes += [tag("g", _dot(0.0, 0.0, kind), transform=f"translate({x} {SIDE + 12}) scale(.6)"),
                   label(x + 14, SIDE + 17, name, text_anchor="start", font_size=13)]  # fmt: skip
    return shapes


def _neighbours(points: Sequence[tuple[float, float]], names: Sequence[str]) -> str:
    """The closest pairs, in words."""
    pairs = sorted(
        (math.dist(points[i], points[j]), i, j) for i in range(len(points)) for j in range(i + 1, len(points))
    )[:5]
    listed = ", ".join(f"{names[i]}–{names[j]}" for _, i, j in pairs)
    return say((f"Closest pairs: {listed}.", f"Les paires les plus proches : {listed}."))
