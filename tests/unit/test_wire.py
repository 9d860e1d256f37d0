"""The value codec: what goes in comes out, nothing else does, and a hostile peer cannot make it allocate."""

import math
import random
import socket
import struct
import threading
import time
import tracemalloc

import msgpack
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.wire import Handle, Stub, WireError, decode, encode
from grader.wire.codec import CHUNK, MAX_DEPTH, MAX_STRUCTURE
from grader.wire.frames import HEAD, LENGTH, MAGIC, Closed, Late, receive_frame, send_frame

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 200), 1 << 200)
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.binary(max_size=20)
)
values = st.recursive(
    scalars,
    lambda v: (
        st.lists(v, max_size=12)
        | st.lists(v, max_size=5).map(tuple)
        | st.dictionaries(st.text(max_size=5), v)
    ),
    max_leaves=40,
)


@given(values)
def test_a_value_comes_back_as_it_was(value):
    assert decode(*encode(value)) == value
    assert type(decode(*encode(value))) is type(value)


@pytest.mark.parametrize(
    "name", ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32"]
)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3, 4)])
def test_a_tensor_comes_back_as_it_was(name, shape):
    tensor = torch.randint(0, 2, shape).to(getattr(torch, name))
    back = decode(*encode(tensor))
    assert back.dtype == tensor.dtype and back.shape == tensor.shape and torch.equal(back, tensor)


def test_a_tensor_view_with_gradient_travels_as_plain_numbers():
    tensor = torch.arange(6.0).reshape(2, 3).requires_grad_().t()
    back = decode(*encode([tensor]))[0]
    assert torch.equal(back, tensor.detach()) and not back.requires_grad and back.is_contiguous()


def test_infinities_and_nan_survive():
    back = decode(*encode([math.inf, -math.inf, math.nan]))
    assert back[:2] == [math.inf, -math.inf] and math.isnan(back[2])


def test_arrays_and_numpy_scalars_become_plain():
    array = np.arange(6, dtype=">i4").reshape(2, 3)
    back, scalar = decode(*encode((array, np.float32(0.5))))
    assert np.array_equal(back, array) and type(scalar) is float and scalar == 0.5


def test_a_lone_surrogate_in_text_survives():
    assert decode(*encode("a\ud800b")) == "a\ud800b"


def test_long_lists_travel_in_chunks():
    mixed = [None, 1, "x"] * CHUNK
    numbers = [0.5] * 100_000
    assert decode(*encode([mixed, numbers])) == [mixed, numbers]


class Liar(list):
    def __iter__(self):
        return iter(["lie"])

    def __len__(self):
        return 0

    def __eq__(self, other):
        return True

    __hash__ = None


class LyingFloat(float):
    def __float__(self):
        return 1.0

    def __eq__(self, other):
        return True

    __hash__ = None


def test_a_subclass_travels_as_what_it_really_holds():
    back = decode(*encode([Liar([1, 2, 3]), LyingFloat(0.25)]))
    assert type(back[0]) is list and back[0] == [1, 2, 3]
    assert type(back[1]) is float and back[1] == 0.25


class TensorSubclass(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return super().__torch_function__(func, types, args, kwargs or {})


def test_a_tensor_subclass_is_rebuilt_as_a_plain_tensor():
    back = decode(*encode(torch.ones(2).as_subclass(TensorSubclass)))
    assert type(back) is torch.Tensor


@pytest.mark.parametrize(
    "value", [object(), {1, 2}, lambda: None, 1j, (x for x in [1]), torch.ones(1).to_sparse()]
)
def test_anything_else_does_not_cross(value):
    with pytest.raises(WireError):
        encode([value])


def test_anything_else_can_stay_behind_a_handle():
    back = decode(*encode({"model": object()}, opaque=lambda v: Handle(7, "object")))
    assert back == {"model": Handle(7, "object")}


def test_stubs_go_one_way_only():
    encoded = encode(Stub("corner", {"n": 3}))
    assert decode(*encoded, build=lambda s: s) == Stub("corner", {"n": 3})
    with pytest.raises(WireError):
        decode(*encoded)


def test_a_list_that_contains_itself_is_refused():
    value: list = []
    value.append(value)
    with pytest.raises(WireError):
        encode(value)


def test_depth_is_bounded_on_both_sides():
    value: list = []
    for _ in range(MAX_DEPTH + 2):
        value = [value]
    with pytest.raises(WireError):
        encode(value)
    tree: list = ["l"]
    for _ in range(MAX_DEPTH + 2):
        tree = ["l", [tree]]
    with pytest.raises(WireError):
        decode(msgpack.packb(tree), [])


@pytest.mark.parametrize(
    "tree",
    [
        ["T", "float32", [2], 0],  # buffer too short for the shape
        ["T", "float32", [-1], 0],
        ["T", "float32", [1 << 50], 0],
        ["T", "complex64", [1], 0],
        ["T", "float32", [1.0], 0],
        ["T", "float32", [1] * 99, 0],
        ["T", "__class__", [1], 0],
        ["a", "object", [1], 0],
        ["n", "float64", b"short"],
        ["F", 3],
        ["F", -1],
        ["F", True],
        ["i", b"\x01" * 9999],
        ["h", "name", "type"],
        ["d", [["key"]]],
        ["d", [[["l"], 1]]],
        ["x", 1],
        [],
        [1, 2],
        ["l", 5],
    ],
)
def test_a_node_that_is_not_exactly_right_is_refused(tree):
    with pytest.raises(WireError):
        decode(msgpack.packb(tree), [b"\0" * 4])


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=400), st.lists(st.binary(max_size=16), max_size=3))
def test_garbage_is_refused_or_a_plain_value(structure, buffers):
    try:
        decode(structure, buffers)
    except WireError:
        pass


@settings(max_examples=300, deadline=None)
@given(values, st.integers(0, 1 << 30))
def test_a_damaged_encoding_is_refused_or_a_plain_value(value, where):
    structure, buffers = encode(value)
    damaged = bytearray(structure)
    damaged[where % len(damaged)] ^= 1 << (where % 8)
    try:
        decode(bytes(damaged), buffers)
    except WireError:
        pass


@pytest.mark.parametrize(
    "bomb",
    [
        b"\xdd\xff\xff\xff\xff" * 1000,  # arrays that claim four billion items
        b"\xdf\xff\xff\xff\xff" * 1000,  # maps
        b"\xdb\xff\xff\xff\xff",  # a string
        b"\xc6\xff\xff\xff\xff",  # bytes
        b"\xc9\xff\xff\xff\xff\x01",  # an extension
        b"\xdc\x07\xd0" * 1200,  # arrays of the allowed length, nested
        msgpack.packb(["l", *[[["l"]] * CHUNK] * 500]),  # a million empty lists
    ],
)
def test_a_bomb_allocates_little(bomb):
    tracemalloc.start()
    try:
        decode(bomb, [])
    except WireError:
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 300 << 20


def test_a_frame_crosses_a_socket_with_its_buffers():
    here, there = socket.socketpair()
    value = {"logits": torch.randn(300, 300), "n": 3}
    thread = threading.Thread(target=lambda: send_frame(there, *encode(value)))
    thread.start()
    back = decode(*receive_frame(here, 1 << 20, time.monotonic() + 5))
    thread.join()
    assert torch.equal(back["logits"], value["logits"])


@pytest.mark.parametrize(
    "head",
    [
        HEAD.pack(b"EVIL", 4, 0),
        HEAD.pack(MAGIC, MAX_STRUCTURE + 1, 0),
        HEAD.pack(MAGIC, 4, 1 << 30),
        HEAD.pack(MAGIC, 4, 1) + LENGTH.pack(1 << 60),
        HEAD.pack(MAGIC, 4, 2) + LENGTH.pack(1 << 19) * 2,
    ],
)
def test_a_frame_over_its_budget_is_refused_before_it_is_read(head):
    here, there = socket.socketpair()
    there.send(head)
    with pytest.raises(WireError):
        receive_frame(here, 1 << 20, time.monotonic() + 5)


def test_a_peer_that_drips_bytes_meets_one_deadline():
    here, there = socket.socketpair()
    frame = HEAD.pack(MAGIC, 1000, 0) + b"x" * 1000

    def drip():
        for byte in frame:
            try:
                there.send(struct.pack("B", byte))
            except OSError:
                return
            time.sleep(0.01)

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    began = time.monotonic()
    with pytest.raises(Late):
        receive_frame(here, 1 << 20, began + 0.3)
    assert time.monotonic() - began < 5
    here.close()


def test_a_closed_peer_is_noticed():
    here, there = socket.socketpair()
    there.send(MAGIC)
    there.close()
    with pytest.raises(Closed):
        receive_frame(here, 1 << 20, time.monotonic() + 5)


def test_random_structures_of_the_codec_never_crash():
    source = random.Random(7)

    def node(depth):
        if depth > 6:
            return source.choice([None, True, 1, -1.5, "x", b"y"])
        tag = source.choice(list("ltdiFIaTnhs?"))
        if tag in "ltd":
            return [
                tag,
                *[[node(depth + 1) for _ in range(source.randrange(4))] for _ in range(source.randrange(3))],
            ]
        return [
            tag,
            *[source.choice(["float32", [2], [], 0, -1, b"abcd", node(depth + 1)]) for _ in range(3)],
        ]

    for _ in range(3000):
        try:
            decode(msgpack.packb(node(0)), [b"\0" * 8])
        except WireError:
            pass
