"""Plain values of the lessons: numbers, lists of numbers, lists of lists; compared and described.

They come from the student's process, so nothing here trusts their shape or their size.
"""

from __future__ import annotations

import math
from typing import Any

RTOL = 1e-6  # relative; the course's contract for pure Python
ATOL = 1e-9  # for numbers that are 0 but for rounding
TOLD, LEVELS = 200, 3  # items of an odd list that a message looks at, and lists inside lists that it tells
# What lists inside lists hold, outermost first: one and several, in English and in French.
LEVEL_NAMES = (
    ("table", "tables", "tableau", "tableaux"),
    ("row", "rows", "ligne", "lignes"),
    ("number", "numbers", "nombre", "nombres"),
)
ITERATORS = ("generator", "map", "zip", "filter", "reversed", "itertools.chain", "itertools.accumulate")


class Raised:
    """What is observed of a call that raised, and predicted of one that would."""


RAISED = Raised()


def is_number(value: Any) -> bool:
    """A float or an int (a bool counts as one, as in Python)."""
    return isinstance(value, (int, float))


def as_float(number: float) -> float:
    """A student's number as a float; an int beyond all floats is infinite."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def is_list(value: Any) -> bool:
    """A list or a tuple."""
    return isinstance(value, (list, tuple))


def same(seen: Any, expected: Any, rtol: float = RTOL) -> bool:
    """Same nesting and the same numbers; infinities and nan count as values, text as text.

    With ``rtol=0`` numbers must be equal.
    """
    if isinstance(seen, Raised) or isinstance(expected, Raised):
        return seen is expected
    if is_list(expected):
        if not is_list(seen) or len(seen) != len(expected):
            return False
        return all(same(s, e, rtol) for s, e in zip(seen, expected, strict=True))
    if not is_number(expected) or not is_number(seen):
        return type(seen) is type(expected) and isinstance(seen, (str, type(None))) and seen == expected
    try:
        if seen == expected or (math.isnan(seen) and math.isnan(expected)):
            return True
        return rtol > 0 and math.isclose(seen, expected, rel_tol=rtol, abs_tol=ATOL)
    except OverflowError:  # an int beyond all floats
        return False


def form(value: Any) -> Any:
    """Nesting of a value: None for a number, a list of forms for a list, "?" for anything else."""
    if is_list(value):
        return [form(v) for v in value]
    return None if is_number(value) else "?"


def shape(value: Any) -> tuple[int, ...] | None:
    """Sizes of nested lists of numbers; () for a number, None where rows differ or hold no numbers."""
    if is_number(value):
        return ()
    if not is_list(value):
        return None
    inner = {shape(v) for v in value}
    if not inner:
        return (0,)
    rest = inner.pop()
    return None if inner or rest is None else (len(value), *rest)


def first_difference(seen: Any, expected: Any, rtol: float = RTOL) -> tuple[str, str, str]:
    """Where two values of one form first differ: index, seen, expected, as text."""
    where = ""
    while is_list(expected):
        i = next(i for i, (s, e) in enumerate(zip(seen, expected, strict=True)) if not same(s, e, rtol))
        where, seen, expected = f"{where}[{i}]", seen[i], expected[i]
    was, should = _digits(seen, 6), _digits(expected, 6)
    return (where, was, should) if was != should else (where, _digits(seen, 12), _digits(expected, 12))


def _digits(number: Any, digits: int) -> str:
    return f"{as_float(number):.{digits}g}"


def type_name(value: Any) -> str:
    """Type of a decoded value, for messages."""
    return str(getattr(value, "type_name", type(value).__name__))


def described(value: Any, kind: str = "", inside: int = 0) -> tuple[str, str]:
    """What a value is, in both languages: "a list of 3 numbers"; `inside` so many lists."""
    if value is None:
        return "nothing (None: is a `return` missing?)", "None (manque-t-il un `return` ?)"
    if is_number(value):
        return f"a number ({_digits(value, 6)})", f"un nombre ({_digits(value, 6)})"
    if kind in ITERATORS:
        return f"a generator ({kind}), not a list", f"un générateur ({kind}), pas une liste"
    if not is_list(value):
        return f"a value of type {kind or type_name(value)}", f"une valeur de type {kind or type_name(value)}"
    en, fr = ("a tuple", "un tuple") if type(value) is tuple else ("a list", "une liste")
    sizes = shape(value)
    if sizes is not None and len(sizes) <= len(LEVEL_NAMES):
        named = list(zip(sizes, LEVEL_NAMES[-len(sizes) :], strict=True))
        held = " of ".join(f"{n} {one if n == 1 else several}" for n, (one, several, _, _) in named)
        tenu = " de ".join(f"{n} {un if n < 2 else plusieurs}" for n, (_, _, un, plusieurs) in named)
        return f"{en} of {held}", f"{fr} de {tenu}"
    if sizes is not None:
        return f"{en} of shape {sizes}", f"{fr} de forme {sizes}"
    if inside == LEVELS:
        return en, fr
    pairs = {described(v, inside=inside + 1) for v in value[:TOLD]}
    inner, inner_fr = (sorted({pair[i] for pair in pairs})[:3] for i in (0, 1))
    return f"{en} that holds {', '.join(inner)}", f"{fr} qui contient {', '.join(inner_fr)}"
