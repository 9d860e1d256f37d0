"""UNTRUSTED.  The kernel's end of the bridge: does the calls that hidden tests ask for.

It runs in the student's process, in the main thread, between cells.  Nothing here decides
anything: whatever the student patches, the trusted end receives values and judges those.  A
request is one frame, its reply is one frame; see `REQUESTS` for the closed list.  A call leaves no
trace: arguments are decoded afresh, random streams, gradient mode, default dtype and the
train/eval mode of modules are put back, what was replaced is restored on request.
"""

from __future__ import annotations

import contextlib
import io
import random
import socket
import sys
import traceback
import types
from collections.abc import Callable, Iterator
from typing import Any

from grader.inside import procedures, stubs
from grader.inside.stand_in import Line, StandIn
from grader.wire import Handle, Stub, WireError, decode, encode
from grader.wire.frames import Closed, receive_frame, send_frame

MAX_REQUEST = 256 << 20
MAX_TEXT = 4000
MISSING = object()


class Probe:
    """Serves one trusted peer over `sock`.

    Parameters
    ----------
    sock : socket.socket
        Stream socket whose other end is the trusted side's.
    namespace : dict
        The student's global names.
    """

    def __init__(self, sock: socket.socket, namespace: dict[str, Any]) -> None:
        self.sock = sock
        self.namespace = namespace
        self.objects: dict[int, Any] = {}
        self.next_key = 1
        self.replaced: list[tuple[str, Any]] = []
        self.line = Line(sock)

    def serve_one(self) -> bool:
        """Answer one request; False once the peer is gone."""
        try:
            structure, buffers = receive_frame(self.sock, MAX_REQUEST)
        except (Closed, WireError):
            return False
        request: dict[str, Any] = {}
        try:
            request = decode(structure, buffers, resolve=self._object, build=self._build)
            self.line.ticket = request["id"]
            answer = REQUESTS[request["op"]](self, request)
        except BaseException as error:
            answer = {"outcomes": [failure(error)]}
        with self.line.closed():
            try:
                send_frame(self.sock, *encode({"id": request.get("id", ""), **answer}))
            except WireError as error:
                send_frame(self.sock, *encode({"id": request.get("id", ""), "outcomes": [failure(error)]}))
            except Closed:
                return False
        return True

    def _build(self, stub: Stub) -> Any:
        """Build a stub of the fixed library, or one that asks over this socket."""
        return StandIn(self.line, **stub.data) if stub.name == "stand_in" else stubs.build(stub)

    # -- objects that stay here ------------------------------------------------------------

    def _keep(self, value: Any) -> Handle:
        key = self.next_key
        self.next_key += 1
        self.objects[key] = value
        return Handle(key, type_name(value))

    def _object(self, handle: Handle) -> Any:
        return self.objects[handle.key]

    def _target(self, spec: list[Any]) -> Any:
        """What a request calls or reads: [a global's name or an object, attribute, ...]."""
        found, *attributes = spec
        if isinstance(found, str):
            if found not in self.namespace:
                raise NameError(f"name '{found}' is not defined")
            found = self.namespace[found]
        for name in attributes:
            found = getattr(found, name)
        return found

    # -- requests ---------------------------------------------------------------------------

    def calls(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do each call of `request["calls"]`; one outcome each."""
        outcomes: list[dict[str, Any]] = []
        stopped: BaseException | None = None
        wanted = request.get("seed")
        seeds = wanted if isinstance(wanted, list) else [wanted] * len(request["calls"])
        with silence(), random_streams_kept():
            for (target, args, kwargs), seed in zip(request["calls"], seeds, strict=True):
                if stopped is not None:
                    outcomes.append(failure(stopped))
                    continue
                try:
                    sow(seed)
                    called = target if len(target) == 1 else []  # a method may set its object's mode
                    with no_trace([*args, *kwargs.values(), *called]):
                        value = self._target(target)(*args, **kwargs)
                    outcome = self._outcome(value, request.get("keep", False))
                    if request.get("echo"):
                        after = self._outcome([args, kwargs], False)
                        outcome = outcome | {"echo": after["ok"]} if "ok" in after else after
                    outcomes.append(outcome)  # once whole: one outcome a call, whatever happens
                except KeyboardInterrupt as error:
                    stopped = error
                    outcomes.append(failure(error))
                except BaseException as error:
                    outcomes.append(failure(error))
        return {"outcomes": outcomes}

    def get(self, request: dict[str, Any]) -> dict[str, Any]:
        """Read a name or an attribute."""
        with silence():
            return {"outcomes": [self._outcome(self._target(request["target"]), request.get("keep", False))]}

    def place(self, request: dict[str, Any]) -> dict[str, Any]:
        """Keep a value or a stub that the test sent."""
        return {"outcomes": [self._outcome(request["value"], True)]}

    def look(self, request: dict[str, Any]) -> dict[str, Any]:
        """Say of each name what kind of thing it is."""
        return {
            "outcomes": [
                {"ok": kind(self.namespace.get(n, MISSING)), "type": "str"} for n in request["names"]
            ]
        }

    def replace(self, request: dict[str, Any]) -> dict[str, Any]:
        """Put a value (a stub) in the place of a global until `restore`."""
        name = request["name"]
        self.replaced.append((name, self.namespace.get(name, MISSING)))
        self.namespace[name] = request["value"]
        return {"outcomes": [{"ok": None, "type": "NoneType"}]}

    def restore(self, request: dict[str, Any]) -> dict[str, Any]:
        """Undo every `replace` and let go of every kept object."""
        while self.replaced:
            name, old = self.replaced.pop()
            if old is MISSING:
                self.namespace.pop(name, None)
            else:
                self.namespace[name] = old
        self.objects.clear()
        self.line.known.clear()
        return {"outcomes": [{"ok": None, "type": "NoneType"}]}

    def procedure(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run a fixed procedure (`grader.inside.procedures`) on the student's objects."""
        data = request["data"]
        run = procedures.PROCEDURES[request["name"]]
        with silence(), random_streams_kept(), no_trace([]):
            sow(request.get("seed"))
            return {"outcomes": [self._outcome(run(**data), False)]}

    def _outcome(self, value: Any, keep: bool) -> dict[str, Any]:
        # Copied here, so that a value that changes later or cannot cross spoils its own outcome only;
        # whatever is opaque in it has become a handle.
        try:
            plain = decode(*encode(self._keep(value) if keep else value, self._keep))
        except WireError as error:
            return failure(error) | {"type": type_name(value)}
        return {"ok": plain, "type": type_name(value), "note": note(value)}


REQUESTS: dict[str, Callable[[Probe, dict[str, Any]], dict[str, Any]]] = {
    "calls": Probe.calls,
    "get": Probe.get,
    "place": Probe.place,
    "look": Probe.look,
    "replace": Probe.replace,
    "restore": Probe.restore,
    "procedure": Probe.procedure,
}


def install(sock: socket.socket) -> None:
    """Serve `sock` in this kernel, between cells, with the student's global names."""
    from ipykernel.kernelapp import IPKernelApp

    from grader.inside.kernel import call_when_readable

    sock.setblocking(True)
    shell = IPKernelApp.instance().kernel.shell
    call_when_readable(sock, Probe(sock, shell.user_ns).serve_one)


def type_name(value: Any) -> str:
    """The exact type, as data for messages."""
    kind_of = type(value)
    module = getattr(kind_of, "__module__", "")
    name = getattr(kind_of, "__qualname__", "object")
    return str(name if module in ("builtins", "__main__") else f"{module}.{name}")[:200]


def note(value: Any) -> dict[str, Any]:
    """What a value loses on the wire: gradient history and device of a tensor."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return {"requires_grad": bool(value.requires_grad), "device": str(value.device)}
    return {}


def kind(value: Any) -> str:
    """One of missing, class, function, callable, generator, value."""
    if value is MISSING:
        return "missing"
    if isinstance(value, type):
        return "class"
    if isinstance(value, types.FunctionType):
        return "function"
    return "callable" if callable(value) else "value"


def failure(error: BaseException) -> dict[str, Any]:
    """An exception as data: its class name, its text, its traceback (student's lines), its line."""
    try:
        text = str(error)[:MAX_TEXT]
        name = "Unsendable" if isinstance(error, WireError) else type(error).__name__[:200]
        frames = [
            f for f in traceback.extract_tb(error.__traceback__, limit=-60) if "ipykernel_" in f.filename
        ]
        trace = "".join(traceback.format_list(frames[-12:]))[:MAX_TEXT]
        line = (frames[-1].line or "")[:300] if frames else ""
    except BaseException:
        name, text, trace, line = "Exception", "", "", ""
    return {"error": name, "text": text, "trace": trace, "line": line}


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Throw away what the student's code prints during a test call."""
    sink = Sink()
    with contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
        yield


class Sink(io.TextIOBase):
    """Takes text and forgets it."""

    def write(self, text: str) -> int:
        return len(text)

    def writable(self) -> bool:
        return True


def sow(seed: Any) -> None:
    """Seed the random streams: all of them with an int, some by name with a dict, none with None."""
    torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
    seeds = seed if isinstance(seed, dict) else dict.fromkeys(("random", "numpy", "torch"), seed)
    if seeds.get("random") is not None:
        random.seed(seeds["random"])
    if seeds.get("numpy") is not None and numpy:
        numpy.random.seed(seeds["numpy"] % (1 << 32))
    if seeds.get("torch") is not None and torch:
        if torch.cuda.is_available():
            torch.manual_seed(seeds["torch"])
        else:  # the other one notes for cards that may come yet who seeded them: a hundred times as long
            torch.default_generator.manual_seed(seeds["torch"])


@contextlib.contextmanager
def random_streams_kept() -> Iterator[None]:
    """Put the random streams back afterwards."""
    torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
    state = random.getstate()
    numpy_state = numpy.random.get_state() if numpy else None
    torch_state = torch.get_rng_state() if torch else None
    card_state = card_stream(torch)
    try:
        yield
    finally:
        random.setstate(state)
        if numpy:
            numpy.random.set_state(numpy_state)
        if torch:
            torch.set_rng_state(torch_state)
        if torch and card_state is not None:
            with contextlib.suppress(RuntimeError):
                torch.cuda.set_rng_state(card_state)


def card_stream(torch: Any) -> Any:
    """State of the random stream on the graphics card; None where it was never used, or is broken."""
    if torch is None or not torch.cuda.is_initialized():
        return None
    try:
        return torch.cuda.get_rng_state()
    except RuntimeError:
        return None


@contextlib.contextmanager
def no_trace(values: list[Any]) -> Iterator[None]:
    """Put gradient mode, default dtype and the modes of modules back afterwards."""
    torch = sys.modules.get("torch")
    grad = torch.is_grad_enabled() if torch else None
    dtype = torch.get_default_dtype() if torch else None
    modules = [m for v in values if torch and isinstance(v, torch.nn.Module) for m in v.modules()]
    modes = [m.training for m in modules]
    try:
        yield
    finally:
        if torch:
            torch.set_grad_enabled(grad)
            torch.set_default_dtype(dtype)
        for module, mode in zip(modules, modes, strict=True):
            module.training = mode


__all__ = ["Probe", "Stub", "install"]
