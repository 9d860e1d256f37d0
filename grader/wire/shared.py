"""Arguments and results of one call, with the identity of their lists kept.

The codec turns a list that is passed twice into two lists, and cannot say that a function changed
what it was given.  `Shared` numbers the lists, tuples and dicts of a call, parts before wholes, the same
way at both ends.  Whatever is numbered already travels as its number (a `Handle`), so that a list
passed twice stays one list, a result that is an argument stays that argument, and what changed in
place can be written back in place.  All numbers of a call lie side by side in a few flat runs, which
makes a model of 3,000 numbers cheap to send.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import is_
from typing import Any

from grader.wire.codec import MAX_DEPTH, Handle, WireError

SCALARS = frozenset({type(None), bool, int, float, str, bytes})
KINDS: dict[type, str] = {list: "l", tuple: "t", dict: "d"}
Plain = Callable[[Any], Any]


@dataclass
class _Runs:
    """What one message holds so far: containers by kind and size, and their contents side by side."""

    kinds: list[str] = field(default_factory=list)
    sizes: array[int] = field(default_factory=lambda: array("q"))
    floats: array[float] = field(default_factory=lambda: array("d"))  # of lists that hold nothing else
    items: list[Any] = field(default_factory=list)
    unfinished: set[int] = field(default_factory=set)


class Shared:
    """The lists, tuples and dicts of one call, by number.

    Parameters
    ----------
    plain : callable, optional
        Turns an object of any other type into a scalar, or gives it back where its items are to be
        listed, or raises `WireError`; without it such an object is an error.
    """

    def __init__(self, plain: Plain | None = None) -> None:
        self.held: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._plain = plain or refuse

    def pack(self, value: Any, changed: Sequence[Any] = ()) -> dict[str, Any]:
        """Message that tells `unpack` at the other end of a value.

        Parameters
        ----------
        value : object
        changed : sequence
            Numbered lists and dicts, whose content is sent as it is now.

        Raises
        ------
        WireError
            For what cannot cross, holds itself, or nests too deep.
        """
        runs = _Runs()
        numbers = array("q", [n for c in changed for n in (self._numbers[id(c)], self._write(c, runs, 0))])
        top = self._part(value, runs, 0)
        return {
            "kinds": "".join(runs.kinds),
            "sizes": runs.sizes.tobytes(),
            "floats": runs.floats.tobytes(),
            "items": runs.items,
            "changed": numbers.tobytes(),
            "value": top,
        }

    def _write(self, container: Any, runs: _Runs, depth: int) -> int:
        """Send a container's content under the next free number."""
        if depth > MAX_DEPTH:
            raise WireError(f"something nested more than {MAX_DEPTH} deep")
        content = container if type(container) in KINDS else self._content(container)
        inside = set(map(type, content)) if type(content) is list else None
        if inside == {float}:
            runs.kinds.append("f")
            runs.sizes.append(len(content))
            runs.floats.extend(content)
        elif inside == {list} and self._is_matrix(content, runs):
            runs.kinds.append("m")
            runs.sizes.append(len(content))
            runs.sizes.extend(map(len, content))
            runs.floats.extend(chain.from_iterable(content))
            rows = range(len(self.held), len(self.held) + len(content))
            self._numbers.update(zip(map(id, content), rows, strict=True))
            self.held.extend(content)
        else:
            is_dict = type(content) is dict
            flat = [x for pair in content.items() for x in pair] if is_dict else content
            parts = [x if type(x) in SCALARS else self._part(x, runs, depth + 1) for x in flat]
            runs.kinds.append(KINDS[type(content)])
            runs.sizes.append(len(parts))
            runs.items.extend(parts)
        self.held.append(container)
        return len(self.held) - 1

    def _is_matrix(self, rows: list[list[Any]], runs: _Runs) -> bool:
        """Whether these are lists of floats that were not met before: they are written in one go."""
        ids = set(map(id, rows))
        new = len(ids) == len(rows) and ids.isdisjoint(self._numbers) and ids.isdisjoint(runs.unfinished)
        return new and set(map(type, chain.from_iterable(rows))) == {float}

    def _part(self, x: Any, runs: _Runs, depth: int) -> Any:
        """A scalar as it is, anything else as its number."""
        if type(x) not in KINDS and not isinstance(x, (list, tuple, dict)):
            if x is not None and not isinstance(x, (bool, int, float, str, bytes)):
                x = self._plain(x)
            if x is None or isinstance(x, (bool, int, float, str, bytes)):
                return x
        number = self._numbers.get(id(x))
        if number is None:
            if id(x) in runs.unfinished:
                raise WireError("something that holds itself")
            runs.unfinished.add(id(x))
            number = self._numbers[id(x)] = self._write(x, runs, depth)
            runs.unfinished.discard(id(x))
        return Handle(number, "")

    def unpack(self, message: dict[str, Any]) -> Any:
        """Value of a message; what it says has changed is written back in place.

        Raises
        ------
        WireError
            For a message that `pack` does not write.
        """
        try:
            return self._unpack(message)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise WireError(f"not a call: {type(error).__name__}") from None

    def _unpack(self, message: dict[str, Any]) -> Any:
        floats, items = array("d", message["floats"]).tolist(), message["items"]
        sizes = iter(array("q", message["sizes"]))
        f = i = 0
        for kind in message["kinds"]:
            size = _size(sizes)
            if kind in "fm":
                rows = []
                for length in [_size(sizes) for _ in range(size)] if kind == "m" else [size]:
                    rows.append(floats[f : f + length])
                    f += length
                    self._hold(rows[-1])
                if kind == "m":
                    self._hold(rows)
                continue
            parts, i = [self._read(x) for x in items[i : i + size]], i + size
            if kind == "d":
                self._hold(dict(zip(parts[::2], parts[1::2], strict=True)))
            else:
                self._hold(parts if kind == "l" else tuple(parts))
        return self._read(message["value"])

    def _hold(self, container: Any) -> None:
        self._numbers[id(container)] = len(self.held)
        self.held.append(container)

    def write_back(self, message: dict[str, Any]) -> None:
        """Change in place what the other end has changed; every list and dict stays the object it is."""
        numbers = array("q", message["changed"]).tolist()
        for old, new in zip(numbers[::2], numbers[1::2], strict=True):
            own, content = self.held[old], self.held[new]
            if isinstance(content, dict):
                if own.keys() != content.keys():
                    own.clear()
                own.update(content)
                continue
            try:
                own[:] = content
            except (TypeError, ValueError):  # a tensor takes numbers one by one
                for place, x in enumerate(content):
                    own[place] = x

    def copies(self) -> list[Any]:
        """Shallow copies of all that is numbered, to be given to `changes`."""
        return [c.copy() if type(c) is not tuple else c for c in self.held]

    def changes(self, before: list[Any]) -> list[Any]:
        """Numbered lists and dicts whose items are no longer the very objects that they were."""
        return [
            now for now, was in zip(self.held, before, strict=True) if now is not was and differ(now, was)
        ]

    def _read(self, x: Any) -> Any:
        if type(x) is not Handle:
            return x
        if x.key < 0:
            raise WireError("a number that is none")
        return self.held[x.key]

    @staticmethod
    def _content(container: Any) -> Any:
        """A subclass of list, tuple or dict as what it is a subclass of; whatever else has items as a list."""
        if isinstance(container, Mapping):
            return dict(container)
        return tuple(container) if isinstance(container, tuple) else list(container)


def differ(now: Any, was: Any) -> bool:
    """Whether two lists or two dicts hold other objects."""
    if len(now) != len(was):
        return True
    if isinstance(now, dict):
        return not (all(map(is_, now, was)) and all(map(is_, now.values(), was.values())))
    return not all(map(is_, now, was))


def _size(sizes: Iterator[int]) -> int:
    size = next(sizes, -1)
    if size < 0:
        raise WireError("a size that is none")
    return size


def refuse(value: Any) -> Any:
    """What is no plain value cannot cross."""
    raise WireError(f"a {type(value).__name__}")
