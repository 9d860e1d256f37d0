"""A gradebook in a server that goes away in the middle of a run: restarted, most often, and back in seconds.

What needs the gradebook is tried again a few times, over new connections, so that no finished grading is thrown away.
If the server stays away, the run ends: to go on would be to lose each grading that is yet to come.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from grader.errors import CourseError
from grader.glue.reasons import gradebook_trouble, lost_server

PAUSES = (1.0, 2.0, 4.0)  # seconds before each new try
Value = TypeVar("Value")


class GradebookLost(CourseError):
    """The gradebook's server has gone, and has not come back."""


def patiently(step: Callable[[], Value], db_url: str, renew: Callable[[], None]) -> Value:
    """Take a step that needs the gradebook, and take it again where the gradebook's server has gone.

    Parameters
    ----------
    step : callable
        May begin anew after it has failed anywhere.
    db_url : str
        Address of the gradebook.
    renew : callable
        Forgets old connections.

    Raises
    ------
    GradebookLost
        If the server does not come back.
    """
    for pause in (*PAUSES, None):
        try:
            return step()
        except Exception as error:
            if (lost := lost_server(db_url, error)) is None:
                raise
            if pause is None:
                raise GradebookLost(gradebook_trouble(db_url, lost)) from None
        renew()
        time.sleep(pause)
    raise AssertionError  # the last try returns or raises
