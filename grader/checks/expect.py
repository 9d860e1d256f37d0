"""Reads one answer: ``expect(student.create_causal_mask(3)).is_float_tensor(3, 3).equals(...)``.

Each step fails with a sentence that quotes the call, says what was seen and what was expected, and
names the misconception where one of the course's wrong references explains it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch

from grader.bridge import Answer
from grader.checks.diagnose import WrongReference, explains, named, same
from grader.checks.evidence import matrix
from grader.checks.verdict import fail

KINDS = {
    "list": ("a list", "une liste"),
    "tuple": ("a tuple", "un tuple"),
    "numpy.ndarray": ("a NumPy array", "un tableau NumPy"),
}


class Expectation:
    """What a test expects of one answer; see `expect`."""

    def __init__(self, answer: Answer, known: Sequence[WrongReference] = ()) -> None:
        self.answer = answer
        self.known = tuple(known)

    def is_float_tensor(self, *shape: int, else_known_as: str | None = None) -> Expectation:
        """A floating-point tensor of exactly this shape.

        Parameters
        ----------
        *shape : int
        else_known_as : str, optional
            Id of the misconception that a wrong shape shows, where the test knows it.
        """
        return self.is_tensor().has_float_dtype().has_shape(*shape, else_known_as=else_known_as)

    def is_tensor(self) -> Expectation:
        """A PyTorch tensor of any kind."""
        value, call = self.answer.value, self.answer.call
        if isinstance(value, torch.Tensor):
            return self
        ids = {"NoneType": "nothing_returned", "list": "list_for_tensor", "numpy.ndarray": "array_for_tensor"}
        name = self.answer.type_name
        en, fr = KINDS.get(name, (f"a {name}", f"un objet {name}"))
        told = (
            f"`{call}` returned {en}, a PyTorch tensor was expected.",
            f"`{call}` a renvoyé {fr}, un tenseur PyTorch était attendu.",
        )
        if name == "NoneType":
            told = (
                f"`{call}` returned nothing (None): is a `return` missing?",
                f"`{call}` n'a rien renvoyé (None) : manque-t-il un `return` ?",
            )
        self._fail(*told, ids.get(name))
        return self

    def has_float_dtype(self) -> Expectation:
        """Some floating-point type; which one is the student's choice."""
        value = self.answer.value
        if not value.dtype.is_floating_point:
            name = str(value.dtype).removeprefix("torch.")
            self._fail(
                f"`{self.answer.call}` returned a tensor of {name}, a float tensor was expected.",
                f"`{self.answer.call}` a renvoyé un tenseur de {name}, un tenseur de flottants était attendu.",
                "bool_mask" if value.dtype == torch.bool else "int_mask",
            )
        return self

    def has_shape(self, *shape: int, else_known_as: str | None = None) -> Expectation:
        """Exactly this shape; `else_known_as` names the misconception that another one shows."""
        seen = tuple(self.answer.value.shape)
        if seen != shape:
            self._fail(
                f"`{self.answer.call}` has shape {seen}, {shape} was expected.",
                f"`{self.answer.call}` a la forme {seen}, {shape} était attendu.",
                else_known_as or ("extra_dimension" if seen[-len(shape) :] == shape else None),
            )
        return self

    def equals(self, expected: torch.Tensor, given: Iterable[Any] = (), rtol: float = 1e-5) -> Expectation:
        """These values; a misconception is looked for among the wrong references otherwise.

        Parameters
        ----------
        expected : Tensor
        given : iterable
            Arguments for the hypotheses of the wrong references.
        rtol : float
            Relative and absolute tolerance.
        """
        seen = self.answer.value
        if same(seen, expected, rtol):
            return self
        cause = explains([seen], [tuple(given)], self.known)
        where, was, should = first_difference(seen, expected, rtol)
        fail(
            f"`{self.answer.call}`{where} is {was}, {should} was expected.",
            f"`{self.answer.call}`{where} vaut {was}, {should} était attendu.",
            cause.id if cause else None,
            cause.sentence if cause else None,
            matrix(seen, expected, rtol),
        )

    def _fail(self, en: str, fr: str, name: str | None) -> None:
        known = named(self.known, name) if name else None
        fail(en, fr, known.id if known else None, known.sentence if known else None)


def expect(answer: Answer, known: Sequence[WrongReference] = ()) -> Expectation:
    """Start reading an answer.

    Parameters
    ----------
    answer : Answer
        What the student's code returned.
    known : sequence
        The misconceptions of this exercise.
    """
    return Expectation(answer, known)


def first_difference(seen: torch.Tensor, expected: torch.Tensor, rtol: float) -> tuple[str, str, str]:
    """Where two tensors of one shape first differ: index, seen, expected, as text."""
    a, b = seen.double(), expected.double()
    close = torch.isclose(a, b, rtol=rtol, atol=rtol, equal_nan=True)
    if close.ndim == 0:
        return "", f"{a.item():.6g}", f"{b.item():.6g}"
    index = tuple((~close).nonzero()[0].tolist())
    return f"[{', '.join(map(str, index))}]", f"{a[index].item():.6g}", f"{b[index].item():.6g}"
