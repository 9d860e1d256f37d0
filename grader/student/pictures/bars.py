"""The likeliest next tokens as horizontal bars with their percentages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from grader.student.described import counted
from grader.student.markup import tag
from grader.student.picture import BLUE, Picture, both, drawing, label, show
from grader.student.speech import Words, say, written
from grader.student.values import labels_of, vector
from grader.student.wrong_use import WrongUse

HIGH, LEFT, LONG = 26, 96, 380


def show_bars(
    probs: Any,
    labels: Sequence[str] | Mapping[int, str] | None = None,
    top: int | None = 5,
    title: Words | None = None,
    full: float | None = None,
) -> None:
    """Show the `top` likeliest of some probabilities.

    Parameters
    ----------
    probs : dict of label to probability, list of pairs, list or tensor (V,)
    labels : sequence or dict of int to str, optional
        Names of the V outcomes: `ALPHABET`, `id_to_char`, ...  Not needed with a dict or pairs.
    top : int, optional
        How many bars; None keeps all of them, in the given order.
    title : str or (en, fr), optional
    full : float, optional
        What a bar over the whole width stands for; the largest value shown where left out.  The same number makes several
        pictures comparable.
    """
    show(draw(probs, labels, top, title, full))


def draw(
    probs: Any,
    labels: Sequence[str] | Mapping[int, str] | None = None,
    top: int | None = 5,
    title: Words | None = None,
    full: float | None = None,
) -> Picture:
    """The picture that `show_bars` displays.

    Raises
    ------
    WrongUse
        If a value is not from 0 to 1, or labels are missing.
    """
    pairs = _pairs(probs, labels)
    if any(math.isnan(p) for _, p in pairs):
        raise WrongUse("show_bars: a probability is nan. Look for 0 / 0 or ∞ − ∞ where it is computed.",
                       "show_bars : une probabilité vaut nan. Cherchez 0 / 0 ou ∞ − ∞ dans son calcul.")  # fmt: skip
    if any(not 0 <= p <= 1 + 1e-6 for _, p in pairs):  # rounded sums may be a trifle above 1
        raise WrongUse("show_bars: probabilities go from 0 to 1: was softmax forgotten?",
                       "show_bars : les probabilités vont de 0 à 1 : avez-vous oublié softmax ?")  # fmt: skip
    if not pairs or (top is not None and not (isinstance(top, int) and top > 0)):
        raise WrongUse("show_bars: there is no bar to draw. Give it one probability or more, and top=1 or more.",
                       "show_bars : il n'y a aucune barre à dessiner. Donnez-lui au moins une probabilité, et top=1 ou "
                       "plus.")  # fmt: skip
    if top is not None:
        pairs = sorted(pairs, key=lambda pair: -pair[1])[:top]
    header = [("next", "suite"), ("probability", "probabilité")]
    if title:  # of what these are shares is its to say
        header = [("value", "valeur"), ("share", "part")]
    title = title or ("Most likely next", "Suites les plus probables")
    longest = max(*(p for _, p in pairs), full or 0.0, 1e-12)
    shapes = []
    for i, (name, p) in enumerate(pairs):
        y = 6 + i * HIGH
        shapes.append(label(LEFT - 10, y + 16, _fit(name), text_anchor="end", font_weight=600))
        long = max(1.0, LONG * p / longest)
        shapes.append(
            tag("rect", x=LEFT, y=y + 3, width=long, height=HIGH - 8, rx=3, fill=BLUE, fill_opacity=0.65,
                stroke="currentColor", stroke_opacity=0.6)
        )  # fmt: skip
        shapes.append(label(LEFT + long + 8, y + 16, _percent(p), text_anchor="start"))
    description = ", ".join(f"{name} {_percent(p)}" for name, p in pairs)
    html = drawing(
        LEFT + LONG + 76, 12 + len(pairs) * HIGH, *shapes, title=title, description=description,
        header=[say(words) for words in header],
        rows=[[name, _percent(p)] for name, p in pairs],
    )  # fmt: skip
    lines = [f"{_fit(name):>10} {_percent(p):>8} {'█' * round(30 * p / longest)}" for name, p in pairs]
    return both(html, say(title), *lines)


def _pairs(probs: Any, labels: Sequence[str] | Mapping[int, str] | None) -> list[tuple[str, float]]:
    if isinstance(probs, Mapping):
        return [(str(name), vector([p], "show_bars")[0]) for name, p in probs.items()]
    if (
        isinstance(probs, (list, tuple))
        and probs
        and all(isinstance(p, tuple) and len(p) == 2 for p in probs)
    ):
        return [(str(name), vector([p], "show_bars")[0]) for name, p in probs]
    values = vector(probs, "show_bars")
    if labels is None:
        return [(str(i), p) for i, p in enumerate(values)]
    if isinstance(labels, Mapping):
        names = [str(labels[i]) for i in range(len(labels)) if i in labels]
    else:
        names = labels_of(labels, "show_bars")
    if len(names) != len(values):
        labelled = counted(len(names), "label", "étiquette")
        raise WrongUse(
            f"show_bars: {labelled[0]} for a list of {len(values)}: each probability needs one of its own.",
            f"show_bars : {labelled[1]} pour une liste de {len(values)} : il en faut une par probabilité.",
        )
    return list(zip(names, values, strict=True))


def _percent(p: float) -> str:
    return written(p, ".1%")


def _fit(name: str) -> str:
    shown = {" ": "␣", "": "∅", "\n": "⏎"}.get(name, name.replace("\n", "⏎"))
    return shown if len(shown) <= 10 else shown[:9] + "…"
