"""The loss over the epochs, still or growing while the model trains.

Live, one output is replaced at most three times a second, and once more when the cell ends: the
front end keeps up, and the notebook holds one picture, not hundreds.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

from grader.student.markup import Markup, tag
from grader.student.picture import COLOURS, Picture, both, columns, drawing, inked, label
from grader.student.speech import Words, decimal, say
from grader.student.values import short, to_lists, vector
from grader.student.wrong_use import WrongUse

WIDE, HIGH, LEFT, RIGHT, TOP, BOTTOM = 620, 280, 56, 24, 14, 44
EVERY = 0.33  # seconds between two drawings of a live curve
DASHES = (None, "7 4", "2 4", "10 4 2 4")
HUGE = 1e100
MANY = 400  # points drawn of a long curve
LEGEND = 22  # height of a line of the legend, which stands above the plot: no curve gets there


class LossCurve:
    """A curve on display, to which `add` appends.

    Parameters
    ----------
    series : dict of name to list of float
    baseline : float or (float, words), optional
    title : str or (en, fr)
    first : int
        Number of the first epoch.
    """

    def __init__(self, series: dict[str, list[float]], baseline: Any, title: Words, first: int = 1) -> None:
        self.series, self.baseline, self.title, self.first = series, baseline, title, first
        self._drawn = 0.0
        self._handle: Any = None
        self._shell: Any = None
        self._display()

    def add(self, loss: Any, name: str = "") -> None:
        """Append one loss (a number or a tensor of one element) to a series, and redraw.

        Parameters
        ----------
        loss : float or tensor
        name : str
            Which curve, where there are several.
        """
        self.series.setdefault(name, []).append(_number(loss))
        if time.monotonic() - self._drawn > EVERY:
            self._display()
        elif self._handle is not None and self._shell is None:
            from IPython.core.getipython import get_ipython

            self._shell = get_ipython()
            self._shell.events.register("post_run_cell", self._last)

    def _ipython_display_(self) -> None:
        """Nothing more: as the last line of a cell the curve is on display already."""

    def _last(self, *_: object) -> None:
        """The cell is over: draw what came since the last drawing."""
        self._shell.events.unregister("post_run_cell", self._last)
        self._shell = None
        self._display()

    def _display(self) -> None:
        from IPython.core.getipython import get_ipython
        from IPython.display import display

        self._drawn = time.monotonic()
        picture = draw(self.series, self.baseline, self.title, self.first)
        if get_ipython() is None:
            return print(picture.text) if self._handle is None and any(self.series.values()) else None
        if self._handle is None:
            self._handle = display(picture, display_id=True)
        else:
            self._handle.update(picture)
        return None


def show_loss_curve(
    losses: Any = None, baseline: Any = None, title: Words | None = None, first: int = 1
) -> LossCurve:
    """Show a loss curve; without losses, an empty one that grows with ``curve.add(loss)``.

    Parameters
    ----------
    losses : list or tensor (epochs,), or dict of name to such a list, optional
    baseline : float or (float, str or (en, fr)), optional
        A dashed line to compare with, say ``(math.log(27), ("knows nothing", "ne sait rien"))``.
    title : str or (en, fr), optional
    first : int
        Number of the first epoch: 0 where the list begins with the loss before training.

    Returns
    -------
    LossCurve
        To be assigned (``curve = show_loss_curve()``) where more losses are to come.
    """
    if isinstance(losses, Mapping):
        series = {str(name): vector(values, "show_loss_curve") for name, values in losses.items()}
    else:
        series = {"": [] if losses is None else vector(losses, "show_loss_curve")}
    return LossCurve(series, baseline, title or ("Loss", "Perte"), first)


def draw(
    series: Mapping[str, Sequence[float]],
    baseline: Any = None,
    title: Words = ("Loss", "Perte"),
    first: int = 1,
) -> Picture:
    """The picture that `show_loss_curve` displays.

    Raises
    ------
    WrongUse
        If the baseline is no number.
    """
    line, called = baseline if isinstance(baseline, tuple) and len(baseline) == 2 else (baseline, "")
    line = to_lists(line)
    if line is not None and not (isinstance(line, (int, float)) and _fits(line)):
        raise WrongUse(
            f"show_loss_curve: baseline={line!r} is no number that can be drawn.",
            f"show_loss_curve : baseline={line!r} n'est pas un nombre que l'on peut dessiner.",
        )
    series = {name: values for name, values in series.items() if values}
    finite = [x for values in series.values() for x in values if _fits(x)]
    longest = max((len(v) for v in series.values()), default=1)
    ticks = _ticks(min([0.0, *finite]), max([*finite, *([line] if line is not None else []), 0.1]))
    low, high = ticks[0], ticks[-1]
    legend, above = _legend(list(series))
    top, tall = TOP + above, HIGH + above

    def x_of(i: float) -> float:
        return LEFT + (WIDE - LEFT - RIGHT) * (i / max(longest - 1, 1))

    def y_of(loss: float) -> float:
        return top + (HIGH - TOP - BOTTOM) * (1 - (loss - low) / (high - low))

    shapes: list[Markup] = list(legend)
    for tick in ticks:
        y = y_of(tick)
        shapes.append(
            tag("line", x1=LEFT, y1=y, x2=WIDE - RIGHT, y2=y, stroke="currentColor", stroke_opacity=0.18)
        )
        shapes.append(label(LEFT - 8, y + 4, decimal(f"{tick:g}"), text_anchor="end", font_size=12))
    for epoch in _epochs(first, first + longest - 1):
        shapes.append(label(x_of(epoch - first), tall - BOTTOM + 18, epoch, font_size=12))
    shapes.append(label((LEFT + WIDE - RIGHT) / 2, tall - 8, say(("epoch", "époque")), font_size=12))
    if line is not None:
        y = y_of(line)
        shapes.append(
            tag("line", x1=LEFT, y1=y, x2=WIDE - RIGHT, y2=y, stroke="currentColor", stroke_dasharray="6 5")
        )
        struck = any(y - 20 < y_of(tick) < y for tick in ticks)  # by a line of the grid, if it stood above
        told = f"{say(called)} {short(line)}".strip()
        shapes.append(label(WIDE - RIGHT, y + 15 if struck else y - 6, told, text_anchor="end", font_size=12))
    for k, values in enumerate(series.values()):
        shapes += _curve(values, k, x_of, y_of)
    rows = _rows(series, first)
    header = [say(("epoch", "époque")), *(name or say(("loss", "perte")) for name in series)]
    html = drawing(
        WIDE, tall, *shapes, title=title, description=_sentence(series, first), rows=rows, header=header
    )
    return both(html, say(title), columns(header, rows) if rows else "", _sentence(series, first))


def _number(loss: Any) -> float:
    """One loss as a float."""
    if isinstance(to_lists(loss), (int, float, list)):
        found = vector([loss], "curve.add")
        if len(found) == 1:
            return found[0]
    raise WrongUse(
        f"curve.add: a number was expected; this is of type {type(loss).__name__}. Print what you give it.",
        f"curve.add : on attendait un nombre ; ceci est de type {type(loss).__name__}. Affichez ce que vous lui donnez.",
    )


def _fits(loss: float) -> bool:
    """Whether a page has room for it: no nan, nothing infinite or huge."""
    return abs(loss) < HUGE


def _look(k: int) -> dict[str, object]:
    """Colour and dashes of line number k."""
    colour = COLOURS[k % len(COLOURS)]
    return {
        "stroke": colour,
        "style": inked(colour),
        "stroke_width": 2.5,
        "stroke_dasharray": DASHES[k % len(DASHES)],
    }


def _legend(names: Sequence[str]) -> tuple[list[Markup], int]:
    """Which line is whose, one after the other, and the height that this takes; nothing for a nameless curve."""
    shapes: list[Markup] = []
    x, y = LEFT, 0
    for k, name in enumerate(names):
        if not name:
            continue
        long = 36 + 8 * len(name) + 22
        if not y or x + long > WIDE:
            x, y = LEFT, y + LEGEND
        shapes.append(tag("line", x1=x, y1=y - 8, x2=x + 30, y2=y - 8, **_look(k)))
        shapes.append(label(x + 36, y - 4, name, text_anchor="start", font_size=12, font_weight=600))
        x += long
    return shapes, y


def _curve(values: Sequence[float], k: int, x_of: Any, y_of: Any) -> list[Markup]:
    stride = max(1, -(-len(values) // MANY))
    drawn = [i for i in range(len(values)) if (i % stride == 0 or i == len(values) - 1) and _fits(values[i])]
    points = " ".join(f"{x_of(i):.1f},{y_of(values[i]):.1f}" for i in drawn)
    colour = COLOURS[k % len(COLOURS)]
    shapes = [tag("polyline", points=points, fill="none", **_look(k))]
    if len(drawn) <= 30:
        shapes += [
            tag(
                "circle",
                cx=x_of(i),
                cy=y_of(values[i]),
                r=3.5,
                fill=colour,
                stroke=colour,
                style=inked(colour),
            )
            for i in drawn
        ]
    return shapes


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers from at most `low` to at least `high`, four to eight of them."""
    step = 10.0 ** math.floor(math.log10((high - low) / 4))
    step *= next((f for f in (1, 2, 5, 10) if (high - low) / (f * step) <= 7), 10)
    first, last = math.floor(low / step), math.ceil(high / step - 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def _epochs(first: int, last: int) -> list[int]:
    """The first epoch, the last one, and round numbers between them that have room, seven at most."""
    steps = (f * 10**k for k in range(9) for f in (1, 2, 5))
    step = next(step for step in steps if (last - first) / step <= 6)
    between = range(first - first % step + step, last, step)
    return sorted({first, last, *(n for n in between if min(n - first, last - n) >= step / 2)})


def _rows(series: Mapping[str, Sequence[float]], first: int) -> list[list[str]]:
    longest = max((len(v) for v in series.values()), default=0)
    shown = sorted({round(k * (longest - 1) / 9) for k in range(10)}) if longest else []
    return [[str(i + first), *(short(v[i], 3) if i < len(v) else "" for v in series.values())] for i in shown]


def _sentence(series: Mapping[str, Sequence[float]], first: int) -> str:
    said = []
    for name, values in series.items():
        start, end, n = short(values[0], 3), short(values[-1], 3), len(values) + first - 1
        s = "" if n == 1 else "s"
        text = say((f"from {start} to {end} in {n} epoch{s}", f"de {start} à {end} en {n} époque{s}"))
        said.append(f"{name} {text}".strip())
    return say(("; ", " ; ")).join(said) or say(("no loss yet", "pas encore de perte"))
