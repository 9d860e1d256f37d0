"""How a value is told in a sentence: quoted if it is short, else its kind and its sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grader.student.values import shape, to_lists

SHOWN = 70  # characters of a value in a sentence

# One of it in English and in French, then several.
KINDS = {
    "list": ("a list", "une liste", "lists", "des listes"),
    "tuple": ("a tuple", "un tuple", "tuples", "des tuples"),
    "Tensor": ("a tensor", "un tenseur", "tensors", "des tenseurs"),
    "Parameter": ("a tensor", "un tenseur", "tensors", "des tenseurs"),
    "ndarray": ("a NumPy array", "un tableau NumPy", "NumPy arrays", "des tableaux NumPy"),
    "NoneType": ("None", "None", "None", "des None"),
    "str": ("a text", "un texte", "texts", "des textes"),
}


def counted(n: int, en: str, fr: str) -> tuple[str, str]:
    """A number of things: "1 row", "3 rows"; in French 0 is singular."""
    return f"{n} {en}{'' if n == 1 else 's'}", f"{n} {fr}{'s' if n > 1 else ''}"


def sized(sizes: Sequence[int], en: str, fr: str) -> tuple[str, str]:
    """What a list or a table holds: "3 values"; "3 rows of 1 value"."""
    last = counted(sizes[-1], en, fr)
    if len(sizes) == 1:
        return last
    rows = counted(sizes[0], "row", "ligne")
    return f"{rows[0]} of {last[0]}", f"{rows[1]} de {last[1]}"


def described(value: Any) -> tuple[str, str]:
    """What kind of thing it is, in both languages."""
    name = type(value).__name__
    if isinstance(value, (list, tuple)) or hasattr(value, "shape"):
        sizes = shape(value)
        en, fr = KINDS.get(name, (f"a {name}", f"un objet {name}"))[:2]
        if not sizes:
            return f"{en} that holds one number", f"{fr} qui contient un seul nombre"
        if len(sizes) == 2 and isinstance(value, (list, tuple)) and len({_length(row) for row in value}) > 1:
            rows = counted(sizes[0], "row", "ligne")
            return f"{en} of {rows[0]} of different lengths", f"{fr} de {rows[1]} de longueurs différentes"
        if len(sizes) > 2:
            return f"{en} of shape {sizes}", f"{fr} de forme {sizes}"
        held = sized(sizes, "value", "valeur")
        return f"{en} of {held[0]}", f"{fr} de {held[1]}"
    if hasattr(value, "__next__"):
        return f"a {name}, which is no list", f"un objet {name}, qui n'est pas une liste"
    return f"{quote(value)} ({name})", f"{quote(value)} ({name})"


def _length(row: Any) -> int | None:
    return len(row) if isinstance(row, (list, tuple)) else None


def form(sizes: Sequence[int]) -> tuple[str, str]:
    """What was expected, by its sizes: "a number", "a list of 3 numbers", ..."""
    if not sizes:
        return "a number", "un nombre"
    held = sized(sizes, "number", "nombre")
    return f"a list of {held[0]}", f"une liste de {held[1]}"


def several(value: Any) -> tuple[str, str]:
    """Things of this kind: "NumPy arrays"."""
    name = type(value).__name__
    en, fr = KINDS.get(name, ("", "", f"values of type {name}", f"des valeurs de type {name}"))[2:]
    return en, fr


def quote(value: Any) -> str:
    """A value in a sentence, short enough to be read."""
    lists = to_lists(value) if not isinstance(value, (str, dict)) else value
    if isinstance(lists, float):
        return f"{lists:.6g}"
    if isinstance(lists, list) and all(isinstance(x, (int, float)) for x in lists):
        text = "[" + ", ".join(quote(x) for x in lists) + "]"
    elif isinstance(lists, list):
        text = "[" + ", ".join(quote(x) for x in lists[:8]) + (", ..." if len(lists) > 8 else "") + "]"
    else:
        text = repr(value)
    return clip(text, SHOWN)


def clip(text: str, size: int) -> str:
    """Text cut to so many characters."""
    return text if len(text) <= size else text[: size - 3] + "..."
