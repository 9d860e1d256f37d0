"""Reads what a student has: lists, tuples, NumPy arrays and tensors become plain Python numbers.

Nothing is imported for that: a tensor is known by its methods, so that the lessons in pure Python
need neither NumPy nor PyTorch.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

from grader.student.speech import decimal
from grader.student.wrong_use import WrongUse


def to_lists(value: Any) -> Any:
    """Nested lists of numbers.

    Parameters
    ----------
    value : number, list, tuple, NumPy array or tensor
        A tensor may carry a gradient, live on a GPU and have any dtype.

    Returns
    -------
    number or nested list
    """
    for method in ("detach", "cpu"):
        if callable(getattr(value, method, None)):
            value = getattr(value, method)()
    if callable(getattr(value, "tolist", None)):
        value = value.tolist()
    # Sized, too: a generator is no list, and reading it would use it up.
    if isinstance(value, Collection) and not isinstance(value, (str, bytes, Mapping)):
        return [to_lists(v) for v in value]
    return value


def depth(value: Any) -> int:
    """How many lists are nested: 0 for a number, 2 for a matrix."""
    return 1 + depth(value[0]) if isinstance(value, list) and value else int(isinstance(value, list))


def vector(value: Any, what: str) -> list[float]:
    """A flat list of floats.

    Raises
    ------
    WrongUse
        Naming `what`, where it is something else.
    """
    found = to_lists(value)
    while depth(found) > 1 and len(found) == 1:  # a batch of one
        found = found[0]
    if depth(found) != 1 or not all(_is_number(x) for x in found):
        not_nothing(value, what)
        raise WrongUse(f"{what}: a list of numbers was expected. Print what you give it.",
                       f"{what} : on attendait une liste de nombres. Affichez ce que vous lui donnez.")  # fmt: skip
    return [_float(x) for x in found]


def matrix(value: Any, what: str) -> list[list[float]]:
    """A list of rows of equal length.

    Raises
    ------
    WrongUse
        Naming `what`, where it is something else.
    """
    found = to_lists(value)
    while depth(found) > 2 and len(found) == 1:
        found = found[0]
    rows = depth(found) == 2 and all(isinstance(r, list) and r and len(r) == len(found[0]) for r in found)
    if not rows:
        not_nothing(value, what)
        raise WrongUse(f"{what}: a list of rows was expected, all of the same length. Print what you give it.",
                       f"{what} : on attendait une liste de lignes, toutes de même longueur. Affichez ce que vous lui "
                       "donnez.")  # fmt: skip
    if not all(_is_number(x) for row in found for x in row):
        raise WrongUse(f"{what}: the rows should hold numbers only. Print what you give it.",
                       f"{what} : les lignes ne doivent contenir que des nombres. Affichez ce que vous lui "
                       "donnez.")  # fmt: skip
    return [[_float(x) for x in row] for row in found]


def not_nothing(value: Any, what: str) -> None:
    """Fail where there is None instead of something to draw."""
    if value is None:
        raise WrongUse(f"{what}: there is nothing to draw (None). Does the function that computes it end with `return`?",
                       f"{what} : il n'y a rien à dessiner (None). La fonction qui le calcule finit-elle par `return` "
                       "?")  # fmt: skip


def labels_of(labels: Any, what: str) -> list[str]:
    """Tokens or other names, as texts.

    Raises
    ------
    WrongUse
        Naming `what`, where there are none.
    """
    not_nothing(labels, what)
    if not isinstance(labels, Collection) or not len(labels):
        raise WrongUse(f'{what}: a word ("chat") or a list of texts was expected, of one letter or more.',
                       f'{what} : on attendait un mot ("chat") ou une liste de textes, d\'une lettre ou plus.')  # fmt: skip
    return [str(x) for x in labels]


def shape(value: Any) -> tuple[int, ...]:
    """Sizes of a tensor, an array or a nested list."""
    if hasattr(value, "shape"):
        return tuple(int(n) for n in value.shape)
    sizes = []
    while isinstance(value, (list, tuple)):
        sizes.append(len(value))
        value = value[0] if value else None
    return tuple(sizes)


def short(x: float, digits: int = 2) -> str:
    """A number as a label: ``0.25`` (in French ``0,25``), ``−∞``, ``nan``."""
    if math.isinf(x):
        return "−∞" if x < 0 else "+∞"
    return decimal(f"{x:.{digits}f}".replace("-", "−")) if x == x else "nan"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float))


def _float(number: float) -> float:
    """The same number; an int beyond all floats is infinite."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf
