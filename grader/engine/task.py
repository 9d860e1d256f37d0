"""A grading task: everything needed to grade one notebook, as plain values.

A task reads nothing but its own fields, the hidden tests and the reference, so it can run in any
process on any machine that has those.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any

from grader.limits import Limits
from grader.sandbox.cards import Share

REVEAL = ("message", "counterexample", "full")  # how much feedback shows, from little to all


@dataclass(frozen=True)
class GradeTask:
    """One notebook to grade.

    Parameters
    ----------
    student, assignment, notebook : str
    nb : dict
        The sanitized notebook: locked cells and points restored from the gradebook.
    home : str or None
        Folder whose files appear in the box's home (staged by the coordinator).
    tests : str or None
        Folder of the assignment's hidden tests; None for a plain nbgrader assignment.
    root : str
        Folder from which the tests import the reference.
    seed : bytes
        Secret of this submission, from `submission_seed`.
    language : {"en", "fr"}
    reveal : {"message", "counterexample", "full"}
        How much of a failed test the student sees (`c.Grading.reveal`).
    parameters : dict
        Grading parameters, set after the cell tagged ``parameters``.
    limits : Limits
    sandbox : {"bwrap", "none"}
    device : {"cpu", "cuda"}
    share : Share or None
        Of a graphics card, for ``cuda``; given to the task where it runs.
    timeout_error : dict
        ``ename``, ``evalue`` and ``traceback`` shown under a cell that took too long, where the course has
        its own.
    interrupt : bool
        Whether such a cell is interrupted, so that its kernel lives on; else its kernel is ended.
    """

    student: str
    assignment: str
    notebook: str
    nb: dict[str, Any]
    home: str | None = None
    tests: str | None = None
    root: str = "."
    seed: bytes = b""
    language: str = "en"
    parameters: dict[str, Any] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    sandbox: str = "bwrap"
    device: str = "cpu"
    timeout_error: dict[str, Any] = field(default_factory=dict)
    interrupt: bool = True
    reveal: str = "counterexample"
    share: Share | None = None


def submission_seed(key: bytes, assignment: str, notebook: str, student: str, content: bytes) -> bytes:
    """Secret of a submission: HMAC-SHA256 of the course key over who handed in what.

    The content is part of it, so that handing in twice does not show the same inputs twice, and
    grading the same file again does.

    Parameters
    ----------
    key : bytes
        The course key.
    content : bytes
        The notebook file as it was handed in.
    """
    parts = [assignment.encode(), notebook.encode(), student.encode(), hashlib.sha256(content).digest()]
    return hmac.digest(key, b"".join(len(p).to_bytes(4, "big") + p for p in parts), hashlib.sha256)
