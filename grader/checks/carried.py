"""Right versions of a lesson's earlier exercises, for tests of what relies on them (error carried forward).

``relies_on={"softmax": carried(reference.softmax)}``: where a student's `softmax` lost points, the
tests of `sgd_step` run with a stand-in in its place, which asks for each result on the trusted side
(`grader.bridge.oracle`).  No line of the reference enters the student's process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.bridge.oracle import Carried


def carried(function: Callable[..., Any]) -> Carried:
    """What stands in for an exercise that failed.

    Parameters
    ----------
    function : callable
        The reference's.  It takes and gives plain values (numbers, texts, lists, tuples, dicts), may change
        its arguments in place, and draws nothing at random: a test's seeds are set in the student's
        process.
    """
    return Carried(function)


__all__ = ["Carried", "carried"]
