"""Builds HTML and SVG from Python calls, so that no label of a student ever becomes markup.

``tag("text", "a < b", x=3)`` gives ``<text x="3">a &lt; b</text>``.  Whatever is not already
`Markup` is escaped: children and attribute values alike.
"""

from __future__ import annotations

import math
import re
from html import escape

from grader.student.wrong_use import WrongUse

# Elements that HTML closes by itself; every other one gets a closing tag, so that the same text is
# also well-formed XML.
VOID = frozenset({"br", "hr", "img", "rect", "line", "path", "circle", "use", "polyline", "polygon"})
# What neither HTML nor XML may hold (control characters, lone surrogates).
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Markup(str):
    """Text that is markup already and is not escaped again."""

    __slots__ = ()


def plain(text: object) -> Markup:
    """Any text, made safe to stand between tags or inside a quoted attribute."""
    return Markup(escape(_FORBIDDEN.sub("\ufffd", str(text)), quote=True))


def join(*parts: object) -> Markup:
    """Children one after the other; what is no markup yet is escaped."""
    return Markup("".join(p if isinstance(p, Markup) else plain(p) for p in parts))


def tag(name: str, *children: object, **attributes: object) -> Markup:
    """One element.

    Parameters
    ----------
    name : str
        Name of the element.
    *children : object
        Markup, or text that gets escaped.
    **attributes : object
        ``stroke_width=2`` is written ``stroke-width="2"``, ``class_="x"`` is ``class="x"``; None
        leaves the attribute out; a float keeps two decimals.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID and not children:
        return Markup(f"<{name}{written}/>")
    return Markup(f"<{name}{written}>{join(*children)}</{name}>")


def _value(value: object) -> str:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise WrongUse(
                f"{value} cannot be drawn: print the numbers that you give to this picture.",
                f"{value} ne se dessine pas : affichez les nombres que vous donnez à cette image.",
            )
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return plain(value)
