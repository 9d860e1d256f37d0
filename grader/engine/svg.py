"""The few shapes that feedback is drawn with: well-formed SVG, whatever the texts hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

Shape = str

# Characters that XML 1.0 cannot hold, escaped or not (https://www.w3.org/TR/xml/#charsets).
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# Light first, dark where the reader's system is; a picture in an <img> follows the page that shows it.
STYLE = """
.page{fill:#fff;stroke:#c8ced6}.ink{fill:#1b1f24}.faint{fill:#59636e}.small{font-size:12px}
.cell{stroke:#8b949e}.zero{fill:#fff}.zero-ink{fill:#1b1f24}.some{fill:#cfe6f5}.some-ink{fill:#1b1f24}
.closed{fill:#2b3a4a}.closed-ink{fill:#fff}.strange{fill:#f6cfe2}.strange-ink{fill:#1b1f24}
.frame{fill:none;stroke:#d55e00;stroke-width:3}.corner{fill:#d55e00}
.seen-bar{fill:#0072b2}.expected-bar{fill:url(#hatch);stroke:#a66f00}.hatch{stroke:#e69f00}
.axis{fill:none;stroke:#59636e}.curve{fill:none;stroke:#0072b2;stroke-width:2}
@media (prefers-color-scheme:dark){
.page{fill:#1b1f24;stroke:#4a5361}.ink{fill:#eef1f4}.faint{fill:#aab4bf}
.zero{fill:#1b1f24}.zero-ink{fill:#eef1f4}.some{fill:#174a69}.some-ink{fill:#fff}
.closed{fill:#b4c0cc}.closed-ink{fill:#101418}.strange{fill:#6d2f51}.strange-ink{fill:#fff}
.frame{stroke:#ff9b52}.corner{fill:#ff9b52}.seen-bar{fill:#56b4e9}.curve{stroke:#56b4e9}
.expected-bar{stroke:#e69f00}.axis{stroke:#aab4bf}}
"""
HATCH = (
    '<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><line class="hatch" y2="5" stroke-width="5"/></pattern></defs>'
)


def element(name: str, inside: str = "", **attributes: object) -> Shape:
    """An element; `inside` is markup already, attributes are quoted here."""
    written = "".join(f" {k}={quoteattr(_plain(_short(v)))}" for k, v in attributes.items())
    return f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>"


def words(x: float, y: float, text: object, colour: str, anchor: str = "") -> Shape:
    """Text at a place; `anchor` start, middle or end of the text is put there."""
    anchor = anchor or ("middle" if colour == "faint" else "start")
    shown = escape(_plain(str(text))).replace(" ", "\u00a0")
    return element("text", shown, x=x, y=y, **{"class": colour, "text-anchor": anchor})


def sheet(size: tuple[float, float], shapes: Sequence[Shape], title: str, description: str) -> str:
    """A whole SVG document, with its own background and what a screen reader says.

    Parameters
    ----------
    size : (float, float)
        Width and height in pixels.
    shapes : sequence of str
    title, description : str
    """
    width, height = round(size[0]), round(size[1])
    back = element("rect", x=0.5, y=0.5, width=width - 1, height=height - 1, rx=6, **{"class": "page"})
    return element(
        "svg",
        element("title", escape(_plain(title)))
        + element("desc", escape(_plain(description)))
        + element("style", escape(STYLE))
        + HATCH
        + back
        + "".join(shapes),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        role="img",
        **{"aria-label": title, "font-family": "system-ui,sans-serif", "font-size": "14"},
    )


def _plain(text: str) -> str:
    return NOT_XML.sub("\ufffd", text)


def _short(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
