"""Makes the pages that teachers and students open harmless: what a student wrote stays text.

nbconvert shows Markdown and raw cells with whatever HTML they hold, scripts included, and feedback
pages and the formgrader are nbconvert's.  Its own cleaning (``c.HTMLExporter.sanitize_html``) knows
too few elements for a course, no heading and no table, and nbgrader's templates do not ask for it.
So these filters take the places of nbconvert's, the second because nbgrader's templates send all
Markdown through it:

    c.HTMLExporter.sanitize_html = True
    c.HTMLExporter.filters = {
        "clean_html": "grader.glue.markup.clean_html",
        "strip_files_prefix": "grader.glue.markup.strip_files_prefix",
    }
"""

from __future__ import annotations

import html
import re
from collections import Counter

import bleach
from bleach.css_sanitizer import CSSSanitizer
from nbconvert import filters

TAGS = (
    "a", "abbr", "b", "blockquote", "br", "caption", "center", "code", "col", "colgroup", "dd", "del",
    "details", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6",
    "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "small", "span", "strong",
    "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
)  # fmt: skip
ATTRIBUTES = (
    "align", "alt", "class", "colspan", "height", "id", "lang", "rowspan", "scope", "style", "title",
    "width", "start", "tabindex",
)  # fmt: skip
STYLES = (
    "background-color", "border", "border-bottom", "border-collapse", "border-left",
    "border-radius", "border-right", "border-top", "box-sizing", "color", "display", "font-family", "flex-wrap", "font-size",
    "font-style", "font-weight", "gap", "height", "list-style-type", "margin", "margin-bottom", "margin-left",
    "margin-right", "margin-top", "max-width", "min-width", "opacity", "overflow-x", "padding", "padding-left",
    "padding-right", "text-align", "text-decoration", "vertical-align", "white-space", "width",
)  # fmt: skip
# A page among a student's files would run in the grader's own origin, and so would a path of Jupyter's.
LINK = re.compile(
    r"(https?://|mailto:|#|(?!/)[\w./-]+\.(txt|csv|tsv|json|py|ipynb|pdf|png|jpe?g|gif|webp)$)", re.IGNORECASE
)
# An SVG runs no script and loads nothing where an <img> shows it; the feedback's own pictures are such.
PICTURE = re.compile(
    r"(https?://|data:image/(png|jpeg|gif|webp|svg\+xml);base64,|(?!/)[\w./-]+\.(png|jpe?g|gif|webp|svg)$)",
    re.IGNORECASE,
)
MOST_OPEN = 500  # elements at once; time grows with it, and no page needs so many
VOID = {"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


def clean_html(element: str | bytes) -> str:
    """HTML in which nothing runs; elements that are not known become text.

    Parameters
    ----------
    element : str or bytes
        What a cell of the notebook became.
    """
    text = element.decode("utf-8", "replace") if isinstance(element, bytes) else str(element)
    if _most_open(text) > MOST_OPEN:
        return f"<pre>{html.escape(text)}</pre>"
    styles = CSSSanitizer(allowed_css_properties=STYLES)
    protocols = ("http", "https", "mailto", "data")
    return str(bleach.clean(text, tags=TAGS, attributes=_allowed, css_sanitizer=styles, protocols=protocols))


def strip_files_prefix(text: str) -> str:
    """As nbconvert's filter of that name, and cleaned."""
    return clean_html(filters.strip_files_prefix(text))


def _most_open(text: str) -> int:
    """How many elements are open at once, at most, where each is closed by its own name only."""
    opened: Counter[str] = Counter()
    now = most = 0
    for closing, name in re.findall(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)", text):
        name = name.lower()
        if name in VOID or (closing and not opened[name]):
            continue
        step = -1 if closing else 1
        opened[name] += step
        now += step
        most = max(most, now)
    return most


def _allowed(tag: str, name: str, value: str) -> bool:
    if name == "href":
        return tag == "a" and LINK.match(value) is not None
    if name == "src":
        return tag == "img" and PICTURE.match(value) is not None
    return name in ATTRIBUTES
