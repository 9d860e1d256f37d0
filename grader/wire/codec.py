"""A closed value codec: what may cross between a hidden test and the student's process.

A value becomes a *structure* (msgpack) and a list of *buffers* (raw bytes of tensors, arrays and
long runs of numbers).  Scalars stand for themselves in the structure; every other value is a
msgpack array that opens with a one-letter tag::

    l list     t tuple    d dict (pairs)    i int beyond 64 bits
    F list of floats, I list of ints (one buffer each)
    a ndarray  T tensor   n NumPy scalar    (dtype, shape, buffer)
    h handle to an object that stayed where it is      s stub to be built there

There is no other tag: no pickle, no class names that become code, no attribute names.  The
decoder allocates nothing before it has checked a bound: the structure is at most
`MAX_STRUCTURE` bytes, a msgpack array at most `CHUNK` long (longer lists come in chunks), nesting
at most `MAX_DEPTH`, and dtype, shape and buffer length of a tensor must agree exactly.  A buffer is
used once, so that a small frame cannot grow into a large value.  A dict has few keys that share a hash,
and not many that are no text: Python salts the hashes of texts alone, and others can be chosen such that
each key meets all the keys before it.
"""

from __future__ import annotations

import array
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgpack

MAX_STRUCTURE = 4 << 20  # bytes; small objects cost about 64 times their encoding once decoded
MAX_BUFFERS = 4096
MAX_DEPTH = 40
MAX_DIMENSIONS = 16
MAX_INT_BYTES = 512
MAX_SAME_HASH = 64  # keys of one dict; integers and tuples of them can be chosen to collide
MAX_PLAIN_KEYS = (
    4096  # of one dict, that are neither str nor bytes; 100,000 chosen integers would take minutes
)
CHUNK = 2000  # items of one msgpack array; msgpack itself may nest 1,024 deep

FLOATS = ("float16", "bfloat16", "float32", "float64")
TENSOR_DTYPES = {
    "bool": 1,
    "uint8": 1,
    "int8": 1,
    "int16": 2,
    "int32": 4,
    "int64": 8,
    "float16": 2,
    "bfloat16": 2,
    "float32": 4,
    "float64": 8,
}
ARRAY_DTYPES = {k: v for k, v in TENSOR_DTYPES.items() if k != "bfloat16"} | {
    "uint16": 2,
    "uint32": 4,
    "uint64": 8,
}


class WireError(ValueError):
    """Bytes that are not a value of this codec, or a value that may not cross."""


@dataclass(frozen=True)
class Handle:
    """Names an object that stays in the student's process.

    Parameters
    ----------
    key : int
        Its number in the probe's table.
    type_name : str
        Its class, as data for messages only.
    """

    key: int
    type_name: str = "object"


@dataclass(frozen=True)
class Stub:
    """Asks the probe to build one of its fixed stubs (`grader.inside.stubs`).

    Parameters
    ----------
    name : str
        Name in the fixed library.
    data : dict
        Plain values for it.
    """

    name: str
    data: dict[str, Any]


def encode(value: Any, opaque: Callable[[Any], Handle] | None = None) -> tuple[bytes, list[bytes]]:
    """Encode a value.

    Parameters
    ----------
    value : object
        None, bool, int, float, str, bytes, list, tuple, dict, ndarray, tensor, Handle, Stub,
        nested at most `MAX_DEPTH` deep.  Subclasses travel as what they are a subclass of.
    opaque : callable, optional
        Turns any other object into a `Handle`; without it such an object is an error.

    Returns
    -------
    structure : bytes
    buffers : list of bytes

    Raises
    ------
    WireError
        If a part may not cross, nests too deep or is too large.
    """
    buffers: list[bytes] = []

    def buffer(data: bytes) -> int:
        if len(buffers) >= MAX_BUFFERS:
            raise WireError(f"more than {MAX_BUFFERS} tensors in one value")
        buffers.append(data)
        return len(buffers) - 1

    def chunks(tag: str, items: list[Any]) -> list[Any]:
        if len(items) > CHUNK * (CHUNK - 1):
            raise WireError(f"a sequence of {len(items)} items is too long to send")
        return [tag, *(items[i : i + CHUNK] for i in range(0, len(items), CHUNK))]

    def node(v: Any, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise WireError(f"nested more than {MAX_DEPTH} deep")
        kind = type(v)  # most parts by far: no subclass, nothing to look at twice
        if v is None or kind is str or kind is float or kind is bool:
            return v
        if kind is int and -(1 << 63) <= v < 1 << 63:
            return v
        if isinstance(v, Handle):
            return ["h", v.key, v.type_name[:200]]
        if isinstance(v, Stub):
            return ["s", v.name, node(v.data, depth + 1)]
        special = _numeric(v, buffer)
        if special is not None:
            return special
        if isinstance(v, int):
            number = int.__int__(v)
            if -(1 << 63) <= number < 1 << 63:
                return number
            size = number.bit_length() // 8 + 1
            if size > MAX_INT_BYTES:
                raise WireError("an integer of more than 512 bytes")
            return ["i", number.to_bytes(size, "little", signed=True)]
        if isinstance(v, float):
            return float.__float__(v)
        if isinstance(v, str):
            return str.__str__(v)
        if isinstance(v, (bytes, bytearray)):
            return bytes(v)
        if isinstance(v, list):
            items = list.__getitem__(v, slice(None))
            if len(items) > 8 and all(type(x) is float for x in items):
                return ["F", buffer(array.array("d", items).tobytes())]
            if len(items) > 8 and all(type(x) is int and -(1 << 63) <= x < 1 << 63 for x in items):
                return ["I", buffer(array.array("q", items).tobytes())]
            return chunks("l", [node(x, depth + 1) for x in items])
        if isinstance(v, tuple):
            return chunks("t", [node(x, depth + 1) for x in tuple.__getitem__(v, slice(None))])
        if isinstance(v, dict):
            if len(v) > MAX_PLAIN_KEYS and sum(not _salted(k) for k in dict.keys(v)) > MAX_PLAIN_KEYS:
                raise WireError(f"a dict with more than {MAX_PLAIN_KEYS} keys that are no texts")
            return chunks("d", [[node(k, depth + 1), node(x, depth + 1)] for k, x in dict.items(v)])
        if opaque is None:
            raise WireError(f"a {type(v).__name__} cannot cross the wire")
        handle = opaque(v)
        return ["h", handle.key, handle.type_name[:200]]

    try:
        structure = msgpack.packb(node(value, 0), use_bin_type=True, unicode_errors="surrogatepass")
    except (RecursionError, OverflowError) as error:
        raise WireError(str(error)) from None
    if len(structure) > MAX_STRUCTURE:
        raise WireError(f"a value of {len(structure)} bytes is too large to send")
    return structure, buffers


def _numeric(v: Any, buffer: Callable[[bytes], int]) -> list[Any] | None:
    """Node of a tensor, an array or a NumPy scalar; None for anything else."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(v, torch.Tensor):
        name = str(v.dtype).removeprefix("torch.")
        if name not in TENSOR_DTYPES or v.layout != torch.strided or v.is_meta or v.is_nested:
            raise WireError(f"a tensor of type {name} cannot cross the wire")
        plain = v.detach().to("cpu").resolve_neg().contiguous().reshape(-1)
        if plain.dtype == torch.bfloat16:  # which NumPy does not know
            plain = plain.view(torch.int16)
        # NumPy copies whatever the strides are; a tensor of one number may keep odd ones, contiguous or not.
        return ["T", name, list(v.shape), buffer(plain.numpy().tobytes())]
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(v, (numpy.ndarray, numpy.generic)):
        name = v.dtype.name
        if name not in ARRAY_DTYPES:
            if isinstance(v, (str, float, int)):
                return None
            raise WireError(f"an array of type {name} cannot cross the wire")
        data = numpy.ascontiguousarray(v, dtype=v.dtype.newbyteorder("<"))
        if isinstance(v, numpy.generic):
            return ["n", name, data.tobytes()]
        return ["a", name, list(v.shape), buffer(data.tobytes())]
    return None


def decode(
    structure: bytes,
    buffers: list[bytes],
    resolve: Callable[[Handle], Any] | None = None,
    build: Callable[[Stub], Any] | None = None,
) -> Any:
    """Decode a value into plain objects of this process.

    Parameters
    ----------
    structure, buffers
        What `encode` gave, from a side that may be hostile.
    resolve : callable, optional
        Turns a `Handle` into an object (the probe's side); without it handles stay handles.
    build : callable, optional
        Turns a `Stub` into an object (the probe's side); without it stubs are refused.

    Returns
    -------
    object

    Raises
    ------
    WireError
        For anything that is not exactly a value of this codec.
    """
    if len(structure) > MAX_STRUCTURE or len(buffers) > MAX_BUFFERS:
        raise WireError("value too large")
    try:
        tree = msgpack.unpackb(
            structure,
            raw=False,
            unicode_errors="surrogatepass",
            strict_map_key=True,
            max_str_len=MAX_STRUCTURE,
            max_bin_len=MAX_STRUCTURE,
            max_array_len=CHUNK,
            max_map_len=0,
            max_ext_len=0,
        )
    except Exception as error:  # noqa: BLE001  msgpack raises many kinds; all mean the same here
        raise WireError(f"not a value: {type(error).__name__}") from None

    def items(node: list[Any]) -> list[Any]:
        out: list[Any] = []
        for chunk in node[1:]:
            if type(chunk) is not list:
                raise WireError("bad chunk")
            out.extend(chunk)
        return out

    unused = set(range(len(buffers)))

    def buffer(index: Any) -> bytes:
        if type(index) is not int or index not in unused:
            raise WireError("bad buffer index")
        unused.remove(index)
        return buffers[index]

    def value(node: Any, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise WireError("nested too deep")
        if node is None or type(node) in (bool, int, float, str, bytes):
            return node
        if type(node) is not list or not node or type(node[0]) is not str:
            raise WireError("bad node")
        tag = node[0]
        if tag == "l":
            return [value(x, depth + 1) for x in items(node)]
        if tag == "t":
            return tuple(value(x, depth + 1) for x in items(node))
        if tag == "d":
            return _dict([_pair(p) for p in items(node)], lambda x: value(x, depth + 1))
        if tag in "FI" and len(node) == 2:
            data = buffer(node[1])
            if len(data) % 8:
                raise WireError("bad run of numbers")
            return array.array("d" if tag == "F" else "q", data).tolist()
        if tag == "i" and len(node) == 2 and type(node[1]) is bytes and len(node[1]) <= MAX_INT_BYTES:
            return int.from_bytes(node[1], "little", signed=True)
        if tag == "n" and len(node) == 3 and type(node[2]) is bytes:
            return _array(node[1], [], node[2]).item()
        if tag == "a" and len(node) == 4:
            return _array(node[1], node[2], buffer(node[3]))
        if tag == "T" and len(node) == 4:
            return _tensor(node[1], node[2], buffer(node[3]))
        if tag == "h" and len(node) == 3 and type(node[1]) is int and type(node[2]) is str:
            handle = Handle(node[1], node[2][:200])
            return handle if resolve is None else resolve(handle)
        if tag == "s" and len(node) == 3 and type(node[1]) is str and build is not None:
            return build(Stub(node[1], value(node[2], depth + 1)))
        raise WireError("unknown kind of value")

    return value(tree, 0)


def _salted(key: Any) -> bool:
    """Whether nobody outside this process can choose a key's hash."""
    return isinstance(key, (str, bytes))


def _pair(p: Any) -> list[Any]:
    if type(p) is not list or len(p) != 2:
        raise WireError("bad pair")
    return p


def _dict(pairs: list[list[Any]], value: Callable[[Any], Any]) -> dict[Any, Any]:
    out: dict[Any, Any] = {}
    same_hash: dict[int, int] = {}
    plain = 0
    for k, v in pairs:
        key = value(k)
        plain += not _salted(key)
        if plain > MAX_PLAIN_KEYS:
            raise WireError("too many dict keys that are no texts")
        try:
            hashed = hash(key)
        except TypeError:
            raise WireError("a dict key that cannot be one") from None
        same_hash[hashed] = same_hash.get(hashed, 0) + 1
        if same_hash[hashed] > MAX_SAME_HASH:
            raise WireError("too many dict keys of one hash")
        out[key] = value(v)
    return out


def _shape(name: Any, shape: Any, data: bytes, sizes: dict[str, int]) -> list[int]:
    if type(name) is not str or name not in sizes:
        raise WireError("unknown number type")
    if (
        type(shape) is not list
        or len(shape) > MAX_DIMENSIONS
        or not all(type(n) is int and 0 <= n <= 1 << 40 for n in shape)
    ):
        raise WireError("bad shape")
    if math.prod(shape) * sizes[name] != len(data):
        raise WireError("shape and data disagree")
    return shape


def _array(name: Any, shape: Any, data: bytes) -> Any:
    import numpy

    shape = _shape(name, shape, data, ARRAY_DTYPES)
    try:
        return numpy.frombuffer(bytearray(data), dtype=numpy.dtype(name).newbyteorder("<")).reshape(shape)
    except ValueError as error:  # no elements, and still more than an address can tell
        raise WireError(str(error)) from None


def _tensor(name: Any, shape: Any, data: bytes) -> Any:
    import torch

    shape = _shape(name, shape, data, TENSOR_DTYPES)
    if not data:
        try:
            return torch.empty(shape, dtype=getattr(torch, name))
        except RuntimeError as error:  # no elements, and still strides that overflow
            raise WireError(str(error)) from None
    if name == "bool":  # any byte but 0 and 1 would be an undefined value
        return torch.frombuffer(bytearray(data), dtype=torch.uint8).ne(0).reshape(shape)
    return torch.frombuffer(bytearray(data), dtype=getattr(torch, name)).reshape(shape)
