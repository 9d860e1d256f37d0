"""What a call into the student's process gave: a value with its story, or an error.

Everything here is plain data decoded on the trusted side.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.bridge.student import Student


class StudentError(Exception):
    """The student's code raised.

    Parameters
    ----------
    name, text : str
        Class and text of the exception, as data.
    trace : str
        The student's own lines of the traceback.
    line : str
        The student's line that raised.
    call : str
        What was called, for the message.
    """

    def __init__(self, name: str, text: str, trace: str = "", line: str = "", call: str = "") -> None:
        super().__init__(f"{name}: {text}")
        self.name, self.text, self.trace, self.line, self.call = name, text, trace, line, call


class NoAnswer(Exception):
    """No usable answer came back.

    Parameters
    ----------
    reason : str
        One of ``late``, ``dead``, ``malformed``, ``too large``.
    detail : str
    call : str
    """

    def __init__(self, reason: str, detail: str = "", call: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.detail, self.call = reason, detail, call


@dataclass(frozen=True, eq=False)
class Answer:
    """What the student's code returned.

    Parameters
    ----------
    value : object
        Plain value; a `grader.wire.Handle` where the object stayed in the kernel.
    type_name : str
        Its exact type there ("torch.Tensor", "numpy.ndarray", "MyList").
    call : str
        The call, as a test's message quotes it: ``create_causal_mask(3)``.
    note : dict
        What the wire drops: ``requires_grad`` and ``device`` of a tensor.
    arguments : list, optional
        ``[args, kwargs]`` as they were after the call, where the test asked for them.
    """

    value: Any
    type_name: str
    call: str
    note: dict[str, Any] = field(default_factory=dict)
    arguments: Any = None
    student: Student | None = field(default=None, repr=False)

    def __call__(self, *args: Any, **kwargs: Any) -> Answer:
        """Call the object that stayed in the kernel."""
        assert self.student is not None
        return self.student.call(self, *args, **kwargs)

    def method(self, name: str, *args: Any, **kwargs: Any) -> Answer:
        """Call one of its methods; the test chooses the name."""
        assert self.student is not None
        return self.student.call([self, name], *args, **kwargs)

    def procedure(self, name: str, **data: Any) -> Answer:
        """Run a fixed procedure (`grader.inside.procedures`) on it as ``model``."""
        assert self.student is not None
        return self.student.procedure(name, model=self, **data)
