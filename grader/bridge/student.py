"""The student's namespace as a hidden test sees it: ``student.create_causal_mask(7)``.

Arguments travel as values (fresh for every call), the result comes back as an `Answer`.  Names
are chosen by tests alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from grader.bridge.answer import Answer, NoAnswer, StudentError
from grader.bridge.channel import Channel
from grader.bridge.oracle import Carried
from grader.wire import Handle, Stub


class Student:
    """Calls into one kernel.

    Parameters
    ----------
    channel : Channel
    call_seconds : float
        Default wall time of a request.
    """

    def __init__(self, channel: Channel, call_seconds: float) -> None:
        self._channel = channel
        self.call_seconds = call_seconds

    def __getattr__(self, name: str) -> _Named:
        if name.startswith("_"):
            raise AttributeError(name)
        return _Named(self, name)

    def call(self, target: Any, /, *args: Any, **kwargs: Any) -> Answer:
        """Call a function, a class or an object by name or `Answer`; see `calls`."""
        return self.calls(target, [(args, kwargs)])[0]

    def calls(
        self,
        target: Any,
        arguments: Iterable[tuple[Sequence[Any], dict[str, Any]]],
        *,
        seed: Any = None,
        seconds: float | None = None,
        keep: bool = False,
        echo: bool = False,
    ) -> list[Answer]:
        """Many calls in one message.

        Parameters
        ----------
        target : str or Answer or [Answer, method]
        arguments : iterable of (args, kwargs)
        seed : int or dict or list, optional
            Set before each call: an int seeds every random stream, a dict some by name
            (``{"torch": 3}``), None none, so that the streams run on; a list has one entry a call.
            The streams are put back after the last call.
        seconds : float, optional
            Wall time of all calls together; default `call_seconds`.
        keep : bool
            Leave the results in the kernel and answer handles.
        echo : bool
            Bring back the arguments as they are after each call.

        Returns
        -------
        list of Answer

        Raises
        ------
        StudentError
            The first error, if any call raised.
        NoAnswer
        """
        batch = list(arguments)
        name = _spoken(target)
        path = _path(target)
        request = [
            [path, [_wire(a) for a in args], {k: _wire(v) for k, v in kw.items()}] for args, kw in batch
        ]
        texts = [f"{name}({_arguments(args, kw)})" for args, kw in batch]
        limit = self.call_seconds if seconds is None else seconds
        outcomes = self._ask(
            "calls", limit, texts[0] if texts else name, calls=request, seed=seed, keep=keep, echo=echo
        )
        if len(outcomes) != len(batch):
            raise self._failed(outcomes, texts[0] if texts else name)
        return [self._answer(o, text) for o, text in zip(outcomes, texts, strict=True)]

    def get(self, target: Any, *path: str, keep: bool = False) -> Answer:
        """Read a global (by name) or an attribute of a kept object."""
        spec = [*_path(target), *path]
        text = ".".join([_spoken(target), *path])
        return self._answer(
            self._one(self._ask("get", self.call_seconds, text, target=spec, keep=keep), text), text
        )

    def place(self, value: Any) -> Answer:
        """Put a value or a stub into the kernel once, for many calls to use."""
        text = _short(value)
        return self._answer(
            self._one(self._ask("place", self.call_seconds, text, value=_wire(value)), text), text
        )

    def kind(self, name: str) -> str:
        """What a global is: missing, class, function, callable or value."""
        answer = self._answer(self._one(self._ask("look", self.call_seconds, name, names=[name]), name), name)
        return answer.value if isinstance(answer.value, str) else "missing"

    def replace(self, name: str, value: Any) -> None:
        """Put a value, a stub, or what asks for a right version, in the place of a global until `restore`."""
        if isinstance(value, Carried):
            key = self._channel.oracle.add(value)
            value = Stub("stand_in", {"key": key, "name": value.name})
        self._answer(
            self._one(self._ask("replace", self.call_seconds, name, name=name, value=_wire(value)), name),
            name,
        )

    def restore(self) -> None:
        """Undo every `replace`; forget kept objects.  Never raises: a dead kernel has nothing to restore."""
        try:
            self._ask("restore", self.call_seconds, "restore")
        except NoAnswer:
            return
        finally:
            self._channel.oracle.close()

    def procedure(
        self, name: str, *, seed: int | None = None, seconds: float | None = None, **data: Any
    ) -> Answer:
        """Run a procedure of `grader.inside.procedures` by name."""
        limit = self.call_seconds if seconds is None else seconds
        wire = {k: _wire(v) for k, v in data.items()}
        text = f"{name}({', '.join(k for k in data)})"
        return self._answer(
            self._one(self._ask("procedure", limit, text, name=name, data=wire, seed=seed), text), text
        )

    def _ask(self, op: str, seconds: float, call: str, **request: Any) -> list[dict[str, Any]]:
        try:
            return self._channel.ask(op, seconds, **request)
        except NoAnswer as error:
            raise NoAnswer(error.reason, error.detail, call) from None

    def _one(self, outcomes: list[dict[str, Any]], call: str) -> dict[str, Any]:
        if len(outcomes) != 1:
            raise NoAnswer("malformed", "not one outcome", call)
        return outcomes[0]

    def _failed(self, outcomes: list[dict[str, Any]], call: str) -> Exception:
        if len(outcomes) == 1 and "error" in outcomes[0]:
            return _error(outcomes[0], call)
        return NoAnswer("malformed", "another number of outcomes than calls", call)

    def _answer(self, outcome: dict[str, Any], call: str) -> Answer:
        if "ok" not in outcome:
            raise _error(outcome, call)
        note = outcome.get("note")
        return Answer(
            outcome["ok"],
            _text(outcome.get("type"), 200),
            call,
            note if type(note) is dict else {},
            outcome.get("echo"),
            self,
        )


class _Named:
    """``student.name``: call it, or pass it on as a target."""

    def __init__(self, student: Student, name: str) -> None:
        self.student, self.name = student, name

    def __call__(self, *args: Any, **kwargs: Any) -> Answer:
        return self.student.call(self.name, *args, **kwargs)


def _error(outcome: dict[str, Any], call: str) -> Exception:
    name, text = _text(outcome.get("error"), 200), _text(outcome.get("text"), 2000)
    if name == "KeyboardInterrupt":
        return NoAnswer("late", "the call was interrupted at its time limit", call)
    if name == "Unsendable":
        return NoAnswer("too large", text, call)
    return StudentError(name, text, _text(outcome.get("trace"), 4000), _text(outcome.get("line"), 300), call)


def _text(value: Any, size: int) -> str:
    """A string of the student's, bounded and without lone surrogates."""
    if type(value) is not str:
        return ""
    return value[:size].encode("utf-8", "replace").decode("utf-8")


def _path(target: Any) -> list[Any]:
    """A target as it travels: [name or object, attribute, ...]."""
    return _wire(target) if isinstance(target, list) else [_wire(target)]


def _wire(value: Any) -> Any:
    if isinstance(value, Answer):
        return value.value
    if isinstance(value, _Named):
        return value.name
    if isinstance(value, list):
        return [_wire(v) for v in value]
    return value


def _spoken(target: Any) -> str:
    if isinstance(target, list):
        return ".".join(_spoken(t) for t in target)
    if isinstance(target, _Named):
        return target.name
    if isinstance(target, Answer):
        return target.type_name.rpartition(".")[2] if isinstance(target.value, Handle) else target.call
    return str(target)


def _arguments(args: Sequence[Any], kwargs: dict[str, Any]) -> str:
    return ", ".join([*(_short(a) for a in args), *(f"{k}={_short(v)}" for k, v in kwargs.items())])


def _short(value: Any) -> str:
    """An argument as a message quotes it."""
    if isinstance(value, Answer):
        return "model" if isinstance(value.value, Handle) else _short(value.value)
    if isinstance(value, (int, float, str, bool)) or value is None:
        return repr(value)
    shape = getattr(value, "shape", None)
    if shape is not None:
        return f"ids {tuple(shape)}" if len(shape) == 2 else f"tensor {tuple(shape)}"
    if type(value).__name__ == "Stub":
        return "model"
    text = repr(value)
    return text if len(text) < 60 else f"{text[:57]}..."
