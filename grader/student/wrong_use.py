"""Told where a picture or a check is called with what it cannot take: one line, in the lesson's language.

The sentence says what was wrong and what to look at.  A notebook shows it instead of the frames, of
which none but the call itself is the student's.
"""

from __future__ import annotations

import os
import textwrap

from grader.student.speech import say


class WrongUse(ValueError, LookupError):
    """A picture, a check or a lesson was asked for something that it cannot do.

    Parameters
    ----------
    en, fr : str
        What is wrong, and what to look at.
    """

    def __init__(self, en: str, fr: str) -> None:
        super().__init__(say((en, fr)))

    def _render_traceback_(self) -> list[str]:
        """IPython shows this instead of the frames."""
        return lines(str(self))


def lines(sentence: str, shown: str | None = None) -> list[str]:
    """What stands for the traceback: the sentence, or in a notebook `shown` where that is given.

    `nbgrader validate` prints the traceback and nothing else of the cell, and cuts long lines.
    """
    if os.environ.get("NBGRADER_VALIDATING"):
        return [line for part in sentence.splitlines() for line in textwrap.wrap(part, 80)]
    return [sentence if shown is None else shown]
