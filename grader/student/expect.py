"""What public checks are written with: the student's names, and what is expected of an answer.

``expect(student.softmax([0.0, 0.0])).near([0.5, 0.5])`` calls the student's function and compares.
Every way to fail is a `Wrong` with a sentence in both languages that quotes the call, says what was
seen and what was expected and, where the values give it away, the likely cause.  This is the style
of the hidden tests; their values, and what else they look at, are not here.
"""

from __future__ import annotations

import linecache
import math
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from grader.student.described import clip, described, form, quote
from grader.student.values import shape, to_lists

Cause = tuple[Any, str, str]


class Wrong(Exception):
    """Something is not right yet: what was seen, what was expected, the likely cause.

    Parameters
    ----------
    en, fr : str
    stop : bool
        Whether the remaining checks of the exercise make no sense either.
    """

    def __init__(self, en: str, fr: str, stop: bool = False) -> None:
        super().__init__(en)
        self.en, self.fr, self.stop = en, fr, stop


def require(condition: object, en: str, fr: str) -> None:
    """Fail with this sentence unless the condition holds."""
    if not condition:
        raise Wrong(en, fr)


class Answer:
    """What the student's function returned, and how it was called.

    Parameters
    ----------
    value : object
    call : str
        The call as a student writes it.
    """

    def __init__(self, value: Any, call: str) -> None:
        self.value, self.call = value, call


class Student:
    """The student's names: ``student.softmax([0.0])`` calls, ``student["vocab"]`` reads.

    Parameters
    ----------
    namespace : mapping
        Names of the notebook.
    """

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self._namespace = namespace

    def __getitem__(self, name: str) -> Any:
        if name not in self._namespace:
            raise Wrong(
                f"`{name}` does not exist yet: run the cell that defines it.",
                f"`{name}` n'existe pas encore : exécutez la cellule qui le définit.",
                stop=True,
            )
        return self._namespace[name]

    def __getattr__(self, name: str) -> Callable[..., Answer]:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self.call(name, *args, **kwargs)

    def call(
        self,
        name: str,
        *args: Any,
        spoken: str | None = None,
        hint: tuple[str, str] | None = None,
        **kwargs: Any,
    ) -> Answer:
        """Call one of the student's functions.

        Parameters
        ----------
        name : str
        spoken : str, optional
            The call in words, where the arguments are too long to quote.
        hint : (en, fr), optional
            What to add where the call raises an exception.
        """
        function = self[name]
        text = (
            spoken
            or f"{name}({', '.join([*map(quote, args), *(f'{k}={quote(v)}' for k, v in kwargs.items())])})"
        )
        return Answer(attempt(lambda: function(*args, **kwargs), text, hint), text)


def attempt(action: Callable[[], Any], call: str, hint: tuple[str, str] | None = None) -> Any:
    """Run student code; an exception becomes a sentence that says where it happened."""
    try:
        return action()
    except NotImplementedError:
        raise Wrong(
            f"`{call}` is still to be written: replace `raise NotImplementedError()` by your code.",
            f"`{call}` reste à écrire : remplacez `raise NotImplementedError()` par votre code.",
            stop=True,
        ) from None
    except (Wrong, KeyboardInterrupt):
        raise
    except Exception as error:
        en, fr = _where(error)
        message = clip(f"{type(error).__name__}: {error}".rstrip(": "), 160)
        advice = hint or ("", "")
        raise Wrong(
            f"`{call}` raised {message}{en} {advice[0]}".rstrip(),
            f"`{call}` a levé {message}{fr} {advice[1]}".rstrip(),
        ) from error


def _where(error: Exception) -> tuple[str, str]:
    """The last line of the student's cell that the error went through."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        own = "ipykernel" in frame.filename or "<ipython" in frame.filename or frame.filename == "<student>"
        if own and frame.lineno:
            line = (frame.line or linecache.getline(frame.filename, frame.lineno)).strip()
            quoted = f": `{line}`" if line else "."
            return (
                f"\n(line {frame.lineno} of your cell{quoted})",
                f"\n(ligne {frame.lineno} de votre cellule{quoted})",
            )
    return "", ""


class Expectation:
    """What is expected of an answer; see `expect`."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    @property
    def value(self) -> Any:
        """What the student's function returned."""
        return self.answer.value

    def is_(self, kind: type | tuple[type, ...], en: str, fr: str) -> Expectation:
        """An object of this kind, which `en` and `fr` name ("a list", "une liste")."""
        if not isinstance(self.value, kind):
            self._is(*described(self.value), f"{en} was expected.", f"on attendait {fr}.")
        return self

    def is_float_tensor(self, *sizes: int) -> Expectation:
        """A tensor of floats of this shape."""
        value = self.value
        if not (hasattr(value, "is_floating_point") and hasattr(value, "dtype")):
            self._is(*described(value), "a PyTorch tensor was expected.", "on attendait un tenseur PyTorch.")
        dtype = str(value.dtype).removeprefix("torch.")
        if not value.is_floating_point():
            self._wrong(
                f"returned a tensor of {dtype}; a float tensor was expected: it is added to numbers and may hold -inf.",
                f"a renvoyé un tenseur de {dtype} ; on attendait des flottants : il s'ajoute à des nombres et peut "
                "contenir -inf.",
            )
        if tuple(value.shape) != sizes:
            self._wrong(f"has shape {tuple(value.shape)}; {sizes} was expected.",
                        f"a la forme {tuple(value.shape)} ; on attendait {sizes}.")  # fmt: skip
        return self

    def near(
        self,
        expected: Any,
        causes: Sequence[Cause] = (),
        tolerance: float = 1e-6,
        because: tuple[str, str] = ("", ""),
    ) -> Expectation:
        """These numbers: one, a list, or rows of a matrix.

        Parameters
        ----------
        expected : number or nested list
        causes : sequence of (value, en, fr)
            Wrong answers that are known, each with what probably leads to it.
        tolerance : float
            Relative and absolute.
        because : (en, fr)
            Why this is the right answer, where no cause is known.
        """
        seen = to_lists(self.value)
        if same(seen, expected, tolerance):
            return self
        if not fits(seen, expected):
            wanted = form(shape(expected))
            self._is(*described(self.value), f"{wanted[0]} was expected.", f"on attendait {wanted[1]}.")
        cause = next(((e, f) for value, e, f in causes if same(seen, value, max(tolerance, 1e-5))), because)
        self._differs(seen, expected, tolerance, cause)

    def _differs(self, seen: Any, expected: Any, tolerance: float, cause: tuple[str, str]) -> NoReturn:
        place = ""
        while isinstance(expected, (list, tuple)) and isinstance(
            expected[0], (list, tuple)
        ):  # the first wrong row
            i = next(i for i, e in enumerate(expected) if not same(seen[i], e, tolerance))
            place, seen, expected = f"{place}[{i}]", seen[i], expected[i]
        self._wrong(
            f"gives {quote(seen)}; {quote(expected)} was expected. {cause[0]}".strip(),
            f"donne {quote(seen)} ; on attendait {quote(expected)}. {cause[1]}".strip(),
            place,
        )

    def equals(self, expected: Any, because: tuple[str, str] = ("", "")) -> Expectation:
        """Exactly this text, count or list."""
        if type(self.value) is not type(expected) or self.value != expected:
            self._is(
                quote(self.value),
                quote(self.value),
                f"{quote(expected)} was expected. {because[0]}".strip(),
                f"on attendait {quote(expected)}. {because[1]}".strip(),
            )
        return self

    def _is(self, en: str, fr: str, expected: str, attendu: str) -> NoReturn:
        """Fail with what the value is, and what was expected."""
        call = self.answer.call.endswith(")")  # else the name or the part of something
        if self.value is None:
            en = "returned nothing (None: is a `return` missing?)" if call else "is None"
            fr = "n'a rien renvoyé (None : manque-t-il un `return` ?)" if call else "vaut None"
        else:
            en, fr = (f"returned {en}", f"a renvoyé {fr}") if call else (f"is {en}", f"est {fr}")
        self._wrong(f"{en}; {expected}", f"{fr} ; {attendu}")

    def _wrong(self, en: str, fr: str, place: str = "") -> NoReturn:
        call = f"`{self.answer.call}{place}`"
        raise Wrong(f"{call} {en}", f"{call} {fr}")


def unchanged(before: Any, after: Any, call: str, name: str) -> None:
    """Fail where a call has changed its argument `name`."""
    require(
        before == after,
        f"`{call}` changed `{name}`, which belongs to the caller: work on a copy, or build a new list.",
        f"`{call}` a modifié `{name}`, qui appartient à l'appelant : travaillez sur une copie, ou construisez une liste.",
    )


def expect(answer: Answer) -> Expectation:
    """Start reading an answer of the student's code."""
    return Expectation(answer)


def fits(seen: Any, expected: Any) -> bool:
    """Whether the nested lists have the same sizes all the way down, and numbers at the end."""
    if isinstance(expected, (list, tuple)):
        return isinstance(seen, list) and len(seen) == len(expected) and all(map(fits, seen, expected))
    return isinstance(seen, (int, float))


def same(seen: Any, expected: Any, tolerance: float = 1e-6) -> bool:
    """Whether two nested lists hold the same numbers; nan is equal to nothing."""
    if not fits(seen, expected):
        return False
    if isinstance(expected, (list, tuple)):
        return all(same(s, e, tolerance) for s, e in zip(seen, expected, strict=True))
    return seen == expected or math.isclose(seen, expected, rel_tol=tolerance, abs_tol=tolerance)
