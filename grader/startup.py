"""Keeps start-up short: what takes seconds to import and is never used is left out.

`nbformat` checks notebooks with `jsonschema`, which builds a grammar of internationalised web addresses
(1.3 s) in case a schema asks for one; the notebook schema does not.  `jsonschema` goes on without it where
the import fails, so it is made to fail.  Called by processes of our own only, before `nbformat` is imported.
"""

from __future__ import annotations

import sys

GRAMMAR = "rfc3987_syntax"


def without_url_grammar() -> None:
    """Let ``import rfc3987_syntax`` fail in this process."""
    sys.modules.setdefault(GRAMMAR, None)  # type: ignore[arg-type]  # None is how the import system says "absent"
