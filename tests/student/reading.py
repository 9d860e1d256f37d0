"""Reads a picture's HTML as XML: it must be well-formed, and whatever was escaped must come back whole."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

SVG = "{http://www.w3.org/2000/svg}"


def read(html: str) -> ElementTree.Element:
    """The tree of a fragment; parsed by the HTML parser too."""
    Balanced().feed(html)
    # The script is code, not markup: compare signs in it are no tags.
    bare = re.sub(r"(<script>).*?(</script>)", r"\1\2", html, flags=re.DOTALL)
    return ElementTree.fromstring(f"<div>{bare}</div>")


class Balanced(HTMLParser):
    """Fails where tags are not closed in order."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        pass
