"""What a picture is: one display with HTML, SVG and, for whoever sees no picture, plain text.

Every picture is complete without scripts.  Text and lines take `currentColor`, so they are dark on
a light page and light on a dark one in every front end, without asking which.  Nothing takes the
page's background: no front end tells it reliably, so lines end before letters.  Fills are the
Okabe-Ito colours, which colour-blind readers can tell apart, and never stand alone: a number, a
shape, a hatching or a word says the same.  Below a drawing stands the same content as a table.

Where the front end strips SVG (JupyterLab does, in a notebook that it does not trust), an image of
the same drawing shows instead.  Feedback pages turn elements that they do not trust into text: so
style sheet, script and buttons stand where nothing is displayed, and as text are not seen either.

Where scripts run (a trusted notebook), `CHOOSE` lets a click on a row, or on its button, show that
row alone.  The script looks for its picture by a random number, so that several pictures, or the
same one shown twice, do not disturb each other.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from grader.student.markup import Markup, join, tag
from grader.student.speech import Words, say

BLUE, ORANGE, GREEN, PINK, SKY, RED = "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00"
COLOURS = (BLUE, ORANGE, GREEN, PINK, SKY, RED)

# Elements with data-row=i belong to row i; data-say of a button is told when row i is chosen.
CHOOSE = """
document.querySelectorAll('[data-picture="ID"]').forEach(function (root) {
  var rows = root.querySelectorAll('[data-row]'), said = root.querySelector('[data-said]');
  root.querySelectorAll('[data-scripted]').forEach(function (e) { e.hidden = false; e.style.display = ''; });
  function choose(row) {
    rows.forEach(function (e) {
      var chosen = row === 'all' || e.dataset.row === row;
      if (e.tagName === 'BUTTON') e.setAttribute('aria-pressed', String(e.dataset.row === row));
      else e.style.opacity = chosen ? '' : '0.13';
      if (e.tagName === 'BUTTON') e.style.borderWidth = e.dataset.row === row ? '3px' : '1px';
      if (e.tagName === 'BUTTON' && e.dataset.row === row) said.textContent = e.dataset.say;
    });
  }
  rows.forEach(function (e) { e.onclick = function () { choose(e.dataset.row); }; });
  choose('all');
});
"""


@dataclass(frozen=True)
class Picture:
    """Something to display: HTML where it can be shown, text where it cannot.

    Parameters
    ----------
    html : str
        One self-contained element; nothing is loaded from anywhere.
    text : str
        The same content for a terminal, a script or a page without HTML.
    """

    html: str
    text: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}

    def __repr__(self) -> str:
        return self.text


def show(picture: Picture) -> None:
    """Display a picture in a notebook; print its text elsewhere."""
    from IPython.display import display

    display(picture)


def drawing(
    width: float,
    height: float,
    *shapes: Markup,
    title: Words,
    description: Words,
    rows: Sequence[Sequence[object]] = (),
    header: Sequence[object] = (),
    choices: Sequence[tuple[str, str]] = (),
) -> Markup:
    """An SVG with everything that makes it readable.

    Parameters
    ----------
    width, height : float
        Size in pixels; the picture shrinks with a narrow page.
    *shapes : Markup
    title, description : str or (en, fr)
        What a screen reader says; the title also stands above the picture.
    rows, header : sequence
        The same content as a table.
    choices : sequence of (label, sentence)
        For row i of the picture, its button and what is told when it is chosen.
    """
    name = uuid.uuid4().hex[:12]
    svg = _svg(width, height, shapes, name, title, description)
    hide = f'[data-picture="{name}"] .drawn{{display:block!important}}[data-picture="{name}"] .still{{display:none}}'
    parts = [
        _unseen(tag("style", Markup(hide))),
        tag("div", say(title), style="font-weight:600;margin:2px 0 6px"),
        tag("div", svg, class_="drawn", style="display:none"),
        _still(width, height, shapes, title, description),
    ]
    if choices:
        parts.append(_buttons(choices))
    if rows:
        parts.append(
            tag("details", tag("summary", say(("the same as a table", "la même chose en tableau")), style="cursor:pointer"),
                table(header, rows), style="font-size:.85em;margin-top:4px")
        )  # fmt: skip
    if choices:
        parts.append(_unseen(tag("script", Markup(CHOOSE.replace("ID", name)))))
    return tag("div", *parts, data_picture=name, style="margin:8px 0;overflow-x:auto;color:inherit")


def _unseen(element: Markup) -> Markup:
    """A style sheet or a script where it works, and is not displayed where a page shows it as text."""
    return tag("div", element, style="display:none")


def _svg(
    width: float,
    height: float,
    shapes: Sequence[Markup],
    name: str,
    title: Words,
    description: Words,
    **look: str,
) -> Markup:
    return tag(
        "svg",
        tag("title", say(title), id=f"t{name}"),
        tag("desc", say(description), id=f"d{name}"),
        *shapes,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        width=f"{width:.0f}",
        height=f"{height:.0f}",
        role="img",
        aria_labelledby=f"t{name} d{name}",
        style="max-width:100%;height:auto;display:block;"
        + look.get("style", "color:inherit;background:none"),
        font_family="system-ui,sans-serif",
        font_size="14",
        fill="currentColor",
    )


def _still(width: float, height: float, shapes: Sequence[Markup], title: Words, description: Words) -> Markup:
    """The drawing as an image.

    A notebook that the front end does not trust loses style sheets and SVG, and keeps images and
    inline styles: there this one shows.  An image does not know the page's colours, so it brings a
    light background of its own.
    """
    svg = _svg(width, height, shapes, "", title, description, style="color:#222;background:#fff")
    said = f"{say(title)} {say(description)}"
    source = f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
    return tag("img", src=source, alt=said, class_="still", style="max-width:100%")


def _buttons(choices: Sequence[tuple[str, str]]) -> Markup:
    style = (
        "font:inherit;color:inherit;background:transparent;border:1px solid currentColor;border-radius:4px;"
        "min-width:2.2em;margin:2px;padding:1px 6px;cursor:pointer"
    )
    everything = (say(("all", "tout")), say(("Everything is shown.", "Tout est montré.")))
    numbered = [("all", *everything), *((str(i), *c) for i, c in enumerate(choices))]
    buttons = [
        tag(
            "button", label, type="button", style=style, data_row=row, data_say=sentence, aria_pressed="false"
        )
        for row, label, sentence in numbered
    ]
    hint = tag("span", say(("Who asks? ", "Qui demande ? ")))
    said = tag("div", "\u00a0", data_said="", aria_live="polite", style="min-height:1.4em;margin-top:2px")
    # Buttons do nothing without scripts: the script itself uncovers them.
    return tag(
        "div", hint, *buttons, said, data_scripted="", hidden="hidden", style="display:none;margin:4px 0"
    )


def table(header: Sequence[object], rows: Iterable[Sequence[object]]) -> Markup:
    """A plain HTML table; the first cell of a row is its heading."""
    cell = "padding:2px 8px;text-align:left"
    head = tag("tr", *(tag("th", h, scope="col", style=cell) for h in header))
    body = [
        tag("tr", tag("th", first, scope="row", style=cell), *(tag("td", c, style=cell) for c in rest))
        for first, *rest in rows
    ]
    return tag("table", tag("thead", head), tag("tbody", *body), style="border-collapse:collapse")


def label(x: float, y: float, text: object, **attributes: object) -> Markup:
    """Text in a drawing, centred on x unless told otherwise."""
    return tag("text", text, **{"x": float(x), "y": float(y), "text_anchor": "middle", **attributes})


def columns(header: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """The same table as plain text, its columns under each other."""
    lines = [[str(c) for c in line] for line in [header, *rows]]
    widths = [max(len(line[i]) for line in lines if i < len(line)) for i in range(max(map(len, lines)))]
    return "\n".join(
        "  ".join(c.rjust(w) for c, w in zip(line, widths, strict=False)).rstrip() for line in lines
    )


def inked(colour: str) -> str:
    """Style of a line in this colour, a little nearer to the text's: darker on light, lighter on dark."""
    return f"stroke:color-mix(in srgb, {colour} 65%, currentColor)"


def both(html: Markup, *text: str) -> Picture:
    """A picture of this HTML, and this text line by line."""
    return Picture(join(html), "\n".join(text))
