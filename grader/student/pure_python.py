"""What is expected of an answer in the lessons that are pure Python: numbers, lists and tuples of them.

Grading takes no array and no tensor for a list there, nor a tensor for a number, so the public checks
of those lessons take none either: ``expect`` here reads an answer as `grader.student.expect.expect`
does, and refuses these first.  A number that NumPy made is a number, and a tuple is as good as a list.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from grader.student.described import described, form, several
from grader.student.expect import Answer, Cause, Expectation
from grader.student.values import shape, to_lists


class PlainExpectation(Expectation):
    """What is expected of an answer in pure Python; see `expect`."""

    def near(
        self,
        expected: Any,
        causes: Sequence[Cause] = (),
        tolerance: float = 1e-6,
        because: tuple[str, str] = ("", ""),
    ) -> Expectation:
        """These numbers, in lists or tuples; the parameters are those of `Expectation.near`."""
        self._refuse_foreign(shape(expected))
        return super().near(expected, causes, tolerance, because)

    def is_table(self, *sizes: int) -> Any:
        """Numbers in lists or tuples of exactly these sizes; returned as nested lists."""
        self._refuse_foreign(sizes)
        read = to_lists(self.value)
        if not _has(read, sizes):
            self._instead(*described(self.value), sizes)
        return read

    def _refuse_foreign(self, sizes: Sequence[int]) -> None:
        """Fail where an array, a tensor or another collection stands for a list or a number."""
        if isinstance(self.value, (list, tuple)):
            odd = [x for x in _innermost(self.value) if not _is_number(x)]
            if odd:
                outer = ("a tuple", "un tuple") if isinstance(self.value, tuple) else ("a list", "une liste")
                held = several(odd[0])
                self._instead(f"{outer[0]} that holds {held[0]}", f"{outer[1]} qui contient {held[1]}", sizes)
        elif hasattr(self.value, "__len__") and not _is_number(self.value):
            self._instead(*described(self.value), sizes)

    def _instead(self, en: str, fr: str, sizes: Sequence[int]) -> NoReturn:
        wanted = form(sizes)
        self._is(en, fr, f"{wanted[0]} was expected.", f"on attendait {wanted[1]}.")


def expect(answer: Answer) -> PlainExpectation:
    """Start reading an answer of the student's code in a lesson that is pure Python."""
    return PlainExpectation(answer)


def _innermost(value: Any) -> list[Any]:
    """Everything in lists and tuples that is itself neither."""
    if isinstance(value, (list, tuple)):
        return [x for item in value for x in _innermost(item)]
    return [value]


def _is_number(value: Any) -> bool:
    """A float or an int, NumPy's own included; an array or a tensor of one number is none."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.generic):
        value = value.item()
    return isinstance(value, (int, float))


def _has(read: Any, sizes: Sequence[int]) -> bool:
    if not sizes:
        return isinstance(read, (int, float))
    return isinstance(read, list) and len(read) == sizes[0] and all(_has(x, sizes[1:]) for x in read)
