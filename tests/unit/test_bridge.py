"""The trusted end of the bridge: calls a student's names, and survives any peer."""

import random
import socket
import threading
import time

import pytest
import torch
from asking_student import forked

from grader.bridge import Channel, NoAnswer, Student, StudentError
from grader.wire import Stub, decode, encode
from grader.wire.frames import HEAD, LENGTH, MAGIC, receive_frame, send_frame

CODE = """
import random, time, os
import torch

calls = 0

def create_causal_mask(n):
    return torch.full((n, n), float("-inf")).triu(1)

def broken(x):
    return x / 0

def endless():
    while True:
        pass

def stubborn():
    while True:
        try:
            time.sleep(0.01)
        except BaseException:
            pass

def leaves():
    os._exit(0)

def mutates(values):
    values.append(1)
    return values

def draw():
    return random.random(), torch.rand(1).item()

def trains(model):
    model.train()
    torch.set_grad_enabled(False)

def huge():
    return torch.zeros(1 << 26)

def weird():
    return {1, 2}

def nested():
    value = []
    value.append(value)
    return value

def noisy(n):
    print("x" * n)
    return n

class Model(torch.nn.Module):
    def __init__(self, size=2):
        super().__init__()
        self.linear = torch.nn.Linear(size, size)
    def forward(self, x):
        return self.linear(x)

def exits():
    raise SystemExit(0)

class Nasty(Exception):
    def __str__(self):
        raise KeyboardInterrupt

def nasty():
    raise Nasty
"""


@pytest.fixture
def student():
    with forked(code=CODE) as made:
        yield made


def test_a_call_brings_back_a_value_with_its_story(student):
    answer = student.create_causal_mask(3)
    assert answer.value.tolist()[0] == [0.0, float("-inf"), float("-inf")]
    assert (answer.type_name, answer.call) == ("torch.Tensor", "create_causal_mask(3)")


def test_many_calls_travel_in_one_message(student):
    answers = student.calls("create_causal_mask", [((n,), {}) for n in range(1, 6)])
    assert [a.value.shape[0] for a in answers] == [1, 2, 3, 4, 5]


def test_an_object_stays_in_the_kernel_and_can_be_called(student):
    model = student.Model(size=3)
    assert model.type_name == "Model" and model(torch.ones(1, 3)).value.shape == (1, 3)
    weights = model.procedure("state").value
    assert set(weights) == {"linear.weight", "linear.bias"}
    assert student.get(model, "linear", "in_features").value == 3
    assert student.kind("Model") == "class" and student.kind("nothing") == "missing"


def test_an_error_of_the_student_comes_back_as_data(student):
    with pytest.raises(StudentError) as caught:
        student.broken(1)
    assert caught.value.name == "ZeroDivisionError" and caught.value.call == "broken(1)"


@pytest.mark.parametrize("name", ["exits", "nasty"])
def test_exceptions_below_exception_are_answers_too(student, name):
    with pytest.raises((StudentError, NoAnswer)):
        student.call(name)
    assert student.create_causal_mask(2).value.shape == (2, 2)


def test_an_endless_loop_is_interrupted_and_the_kernel_lives(student):
    began = time.monotonic()
    with pytest.raises(NoAnswer) as caught:
        student.calls("endless", [((), {})], seconds=0.3)
    assert caught.value.reason == "late" and time.monotonic() - began < 10
    assert student.create_causal_mask(2).value.shape == (2, 2)


def test_code_that_ignores_the_interrupt_is_killed(student):
    with pytest.raises(NoAnswer) as caught:
        student.calls("stubborn", [((), {})], seconds=0.3)
    assert caught.value.reason == "late"
    with pytest.raises(NoAnswer):
        student.create_causal_mask(2)


def test_a_kernel_that_ends_during_a_call_is_noticed(student):
    with pytest.raises(NoAnswer) as caught:
        student.leaves()
    assert caught.value.reason == "dead"


def test_arguments_are_fresh_for_each_call(student):
    values = [0]
    answers = student.calls("mutates", [((values,), {}), ((values,), {})], echo=True)
    assert [a.value for a in answers] == [[0, 1], [0, 1]] and values == [0]
    assert answers[0].arguments == [[[0, 1]], {}]


def test_a_seed_fixes_the_draw_and_leaves_no_trace(student):
    before = student.calls("draw", [((), {})])[0].value
    first, second = (student.calls("draw", [((), {})], seed=5)[0].value for _ in range(2))
    assert first == second != before
    # The kernel's own streams stand where they stood.
    assert student.calls("draw", [((), {})])[0].value == before


def test_module_mode_and_gradient_mode_are_put_back(student):
    model = student.Model()
    model.method("eval")
    student.trains(model)
    assert student.get(model, "training").value is False
    assert model(torch.ones(1, 2)).note["requires_grad"] is True


def test_a_replaced_name_is_restored(student):
    student.replace("create_causal_mask", Stub("corner", {"mask": torch.full((9, 9), 7.0)}))
    assert student.create_causal_mask(2).value.tolist() == [[7.0, 7.0], [7.0, 7.0]]
    student.restore()
    assert student.create_causal_mask(2).value[0, 1] == float("-inf")


def test_what_the_student_prints_during_a_test_goes_nowhere(student, capfd):
    assert student.noisy(1_000_000).value == 1_000_000
    assert "x" not in capfd.readouterr().out


@pytest.mark.parametrize("name", ["huge", "nested"])
def test_a_value_too_large_or_endless_gives_no_answer(student, name):
    with pytest.raises(NoAnswer):
        student.call(name)


def test_an_opaque_value_comes_back_as_a_handle_with_its_type(student):
    assert student.weird().type_name == "set"


# -- a peer that is not the probe at all: everything below speaks raw bytes ----------------------


def hostile(behave):
    """A student whose other end is the given function of (socket, request)."""
    here, there = socket.socketpair()
    killed: list[str] = []

    def serve():
        try:
            request = decode(*receive_frame(there, 1 << 20, time.monotonic() + 5))
            behave(there, request)
        except OSError:
            pass

    threading.Thread(target=serve, daemon=True).start()

    def kill(reason):
        killed.append(reason)
        there.close()

    return Student(Channel(here, 1 << 20, lambda: None, kill), 0.4), killed


def send(sock, value):
    send_frame(sock, *encode(value))


HOSTILE = {
    "silence": lambda s, r: time.sleep(4),
    "garbage": lambda s, r: s.send(random.Random(1).randbytes(4000)),
    "another magic": lambda s, r: s.send(HEAD.pack(b"HTTP", 10, 0) + b"0" * 10),
    "a frame of 2**60 bytes": lambda s, r: s.send(HEAD.pack(MAGIC, 4, 1) + LENGTH.pack(1 << 60)),
    "the wrong id": lambda s, r: send(s, {"id": "guess", "outcomes": [{"ok": 1, "type": "int"}]}),
    "no id": lambda s, r: send(s, {"outcomes": [{"ok": 1, "type": "int"}]}),
    "not a dict": lambda s, r: send(s, [1, 2, 3]),
    "no outcome": lambda s, r: send(s, {"id": r["id"], "outcomes": []}),
    "two outcomes": lambda s, r: send(s, {"id": r["id"], "outcomes": [{"ok": 1}, {"ok": 1}]}),
    "outcomes that are none": lambda s, r: send(s, {"id": r["id"], "outcomes": [1]}),
    "outcomes that are a string": lambda s, r: send(s, {"id": r["id"], "outcomes": "ok"}),
    "half a frame, then the end": lambda s, r: (s.send(HEAD.pack(MAGIC, 100, 0)), s.close()),
}


@pytest.mark.parametrize("behave", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_peer_gives_no_answer(behave):
    student, _ = hostile(behave)
    began = time.monotonic()
    with pytest.raises((NoAnswer, StudentError)):
        student.f()
    assert time.monotonic() - began < 10


def test_a_reply_that_was_sent_twice_does_not_answer_the_next_request():
    def twice(sock, request):
        for _ in range(2):
            send(sock, {"id": request["id"], "outcomes": [{"ok": "replayed", "type": "str"}]})

    student, killed = hostile(twice)
    assert student.f().value == "replayed"
    with pytest.raises(NoAnswer):
        student.g()
    assert killed


def test_after_a_violation_the_channel_stays_broken():
    student, _ = hostile(HOSTILE["garbage"])
    for _ in range(2):
        with pytest.raises(NoAnswer):
            student.f()


@pytest.mark.parametrize(
    "outcome",
    [
        {"ok": 1, "type": 5, "note": "x"},
        {"ok": 1, "type": "x" * 10_000, "note": {}},
        {"error": 5, "text": ["x"], "trace": None, "line": {}},
        {"error": "E\ud800", "text": "\ud800" * 10_000},
        {},
    ],
)
def test_odd_outcomes_are_cut_to_plain_text(outcome):
    student, _ = hostile(lambda s, r: send(s, {"id": r["id"], "outcomes": [outcome]}))
    try:
        answer = student.f()
        assert isinstance(answer.type_name, str) and len(answer.type_name) <= 200
    except StudentError as error:
        error.text.encode("utf-8")
        assert isinstance(error.name, str) and len(error.text) <= 2000


def test_a_kept_list_is_an_object_and_no_path(student):
    kept = student.place(["create_causal_mask", 1.5])
    assert student.get(kept).value == ["create_causal_mask", 1.5]
    assert student.get(kept, "__len__", keep=True)().value == 2
