"""Draws the formulas of a page, so that it reads without a network.

nbgrader's pages leave ``$...$`` to MathJax, which they load from the web.  Here Matplotlib lays the formula
out and its outlines become a small SVG in an ``<img>``, with the formula's source as `alt`.  What Matplotlib
does not know (environments, for instance) stays as it is, for MathJax.
"""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from html import escape

from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser
from matplotlib.path import Path
from matplotlib.textpath import TextPath

SIZE = 15.0  # pixels of an em
LONGEST, DEEPEST, MOST = 400, 12, 400  # of a formula, of its braces, of a page: a student writes them too

# Code first: what stands in it is no formula.
PIECES = re.compile(
    r"(?P<code>```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|(?P<ticks>`+).+?(?P=ticks))"
    r"|\$\$(?P<display>[^$]+?)\$\$"
    r"|(?<![\\$\w])\$(?!\s)(?P<inline>[^$\n]+?)(?<![\s\\])\$(?![\d$])",
    re.DOTALL,
)
BARE_ROOT = re.compile(r"\\sqrt\s+(\w)")  # TeX knows it, Matplotlib wants braces
STYLE = "path{fill:#333}@media(prefers-color-scheme:dark){path{fill:#e6e9ec}}"
LETTERS = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C", Path.CLOSEPOLY: "Z"}


def with_formulas(markdown: str, most: int = MOST) -> str:
    """Markdown whose formulas are pictures.

    Parameters
    ----------
    markdown : str
        A cell's source.
    most : int
        Formulas that are drawn; those after stay as they are.
    """
    drawn = 0

    def put(found: re.Match[str]) -> str:
        nonlocal drawn
        if found["code"] or drawn >= most:
            return found[0]
        source = found["display"] or found["inline"]
        picture = drawing(" ".join(source.split()))
        if picture is None:
            return found[0]
        drawn += 1
        return f"\n\n<p>{picture}</p>\n\n" if found["display"] else picture

    return PIECES.sub(put, markdown)


@lru_cache(maxsize=1000)
def drawing(source: str) -> str | None:
    """The ``<img>`` of a formula, its baseline on the line's; None where it cannot be drawn.

    Parameters
    ----------
    source : str
        TeX without dollar signs.
    """
    if len(source) > LONGEST or _depth(source) > DEEPEST:
        return None
    font = FontProperties(size=SIZE, math_fontfamily="cm")
    text = "$" + BARE_ROOT.sub(r"\\sqrt{\1}", source) + "$"
    try:
        parsed = MathTextParser("path").parse(text, dpi=72, prop=font)
        outline = TextPath((0, 0), text, prop=font)
    except Exception:  # noqa: BLE001  what a student writes finds every fault of a parser; it stays as it was written
        return None
    width, height, depth = parsed.width + 2, parsed.height + 2, parsed.depth + 1
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.1f}" height="{height:.1f}" '
        f'viewBox="-1 {-(height - depth):.1f} {width:.1f} {height:.1f}"><style>{STYLE}</style>'
        f'<path d="{_path(outline)}"/></svg>'
    )
    address = base64.b64encode(svg.encode()).decode()
    said = escape(source, quote=True).replace("|", "&#124;")  # a bar would end a table's cell
    return (
        f'<img src="data:image/svg+xml;base64,{address}" alt="{said}" '
        f'style="vertical-align:{-depth:.1f}px;display:inline;margin:0;max-width:100%">'
    )


def _path(outline: Path) -> str:
    """An outline in SVG's words; there y points down."""
    return "".join(
        LETTERS[code]
        + ("" if code == Path.CLOSEPOLY else " ".join(f"{v:.2f}" for v in _downwards(points.tolist())))
        for points, code in outline.iter_segments(simplify=False, curves=True)
    )


def _downwards(points: list[float]) -> list[float]:
    return [v if i % 2 == 0 else -v for i, v in enumerate(points)]


def _depth(source: str) -> int:
    depth = deepest = 0
    for sign in source:
        depth += (sign == "{") - (sign == "}")
        deepest = max(deepest, depth)
    return deepest
