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

import re

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
    "background", "background-color", "border", "border-bottom", "border-collapse", "border-left",
    "border-radius", "border-right", "border-top", "box-sizing", "color", "display", "font-family", "flex-wrap", "font-size",
    "font-style", "font-weight", "gap", "height", "list-style", "margin", "margin-bottom", "margin-left",
    "margin-right", "margin-top", "max-width", "min-width", "opacity", "overflow-x", "padding", "padding-left",
    "padding-right", "text-align", "text-decoration", "vertical-align", "white-space", "width",
)  # fmt: skip
LINK = re.compile(r"(https?://|mailto:|#|[\w./-]+$)", re.IGNORECASE)
# An SVG runs no script and loads nothing where an <img> shows it; the feedback's own pictures are such.
PICTURE = re.compile(r"(https?://|data:image/(png|jpeg|gif|webp|svg\+xml);base64,|[\w./-]+$)", re.IGNORECASE)


def clean_html(element: str | bytes) -> str:
    """HTML in which nothing runs; elements that are not known become text.

    Parameters
    ----------
    element : str or bytes
        What a cell of the notebook became.
    """
    text = element.decode("utf-8", "replace") if isinstance(element, bytes) else str(element)
    styles = CSSSanitizer(allowed_css_properties=STYLES)
    protocols = ("http", "https", "mailto", "data")
    return str(bleach.clean(text, tags=TAGS, attributes=_allowed, css_sanitizer=styles, protocols=protocols))


def strip_files_prefix(text: str) -> str:
    """As nbconvert's filter of that name, and cleaned."""
    return clean_html(filters.strip_files_prefix(text))


def _allowed(tag: str, name: str, value: str) -> bool:
    if name == "href":
        return tag == "a" and LINK.match(value) is not None
    if name == "src":
        return tag == "img" and PICTURE.match(value) is not None
    return name in ATTRIBUTES
