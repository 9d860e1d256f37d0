"""The oracle behind stand-ins: whatever it is asked, by whatever peer, the worker goes on."""

import contextlib
import gc
import os
import random
import resource
import socket
import threading
import time

import pytest
from asking_student import forked, stand

from grader.bridge import Channel, NoAnswer, Student, StudentError, oracle
from grader.checks.carried import carried
from grader.wire import Handle, WireError, decode, encode
from grader.wire.frames import receive_frame, send_frame
from grader.wire.shared import Shared
from reference.pure_python import attention, embeddings


@pytest.fixture
def student():
    """A student in a process of its own, with a real probe."""
    with forked() as made:
        yield made


def test_a_mask_that_fits_in_no_memory_is_an_error_of_the_student(student):
    stand(student, attention.causal_mask)
    with pytest.raises((StudentError, NoAnswer)) as caught:
        student.calls("call", [((10**9,), {})], seconds=20)
    if isinstance(caught.value, StudentError):
        assert caught.value.name == "MemoryError"
    assert student.call("call", 2).value == attention.causal_mask(2)


def sleep(x):
    while x:
        pass
    return "awake"


def test_a_question_that_takes_too_long_ends_with_the_calls_time(student):
    stand(student, sleep)
    began = time.monotonic()
    with pytest.raises(NoAnswer) as caught:
        student.calls("call", [((1,), {})], seconds=0.4)
    assert caught.value.reason == "late" and time.monotonic() - began < 10
    assert student.call("call", 0).value == "awake"  # the kernel lives, another oracle answers


def test_a_student_who_ignores_that_is_killed(student):
    stand(student, sleep)
    with pytest.raises(NoAnswer) as caught:
        student.calls("stubborn", [((), {})], seconds=0.4)
    assert caught.value.reason == "late"


def test_an_interrupt_between_many_questions_leaves_the_kernel_alive(student):
    stand(student, embeddings.softmax)
    for seconds in (0.1, 0.15, 0.2, 0.25, 0.3):
        with pytest.raises(NoAnswer) as caught:
            student.calls("call_many", [((10**7,), {})], seconds=seconds)
        assert caught.value.reason == "late"
        assert student.call("call", [0.0]).value == [1.0]


def die(x):
    os._exit(1)


def test_an_oracle_that_ends_is_an_error_of_the_student_a_few_times(student):
    stand(student, die)
    for _ in range(oracle.ENDS + 2):
        with pytest.raises(StudentError) as caught:
            student.call("call", 1)
        assert caught.value.name == "RuntimeError" and "stands in for yours ended" in caught.value.text
    student.restore()
    stand(student, embeddings.softmax)
    assert student.call("call", [0.0]).value == [1.0]


def recurse(x):
    return recurse([x])


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (recurse, "RecursionError"),
        (lambda x: object(), "ValueError"),
        (lambda x: "x" * 10**8, "ValueError"),
        (lambda x: "x" * ((4 << 20) - 100), "ValueError"),  # just too large with what is around it
        (lambda x: [0.5] * 10**6, "ValueError"),
    ],
)
def test_what_it_cannot_compute_or_send_is_an_error(student, function, kind):
    stand(student, function)
    assert student.error("1").value[0] == kind


def test_questions_are_counted(student, monkeypatch):
    monkeypatch.setattr("grader.bridge.channel.QUESTIONS", 50)
    stand(student, embeddings.softmax)
    with pytest.raises(StudentError) as caught:
        student.call_many(51)
    assert "over 50 times" in caught.value.text
    student.call_many(50)


def confined(x):
    limits = [
        resource.getrlimit(n)[0] for n in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE)
    ]
    return [
        sorted(map(int, os.listdir("/proc/self/fd")))[:4],
        len(os.listdir("/proc/self/fd")),
        limits,
        gc.get_freeze_count(),
    ]


def test_the_oracle_holds_no_descriptor_and_has_limits(student):
    stand(student, confined)
    with open(os.devnull) as one, open("/proc/self/status") as two:
        assert one.fileno() > 3 and two.fileno() > 3
        first, count, (memory, processor, file), frozen = student.call("call", 1).value
    assert first == [0, 1, 2, 3] and count == 5  # the fifth is the one that lists them
    assert 0 < memory < 1 << 50 and (processor, file) == (oracle.PROCESSOR_SECONDS, 0) and frozen > 0


# ---------------------------------------------------------------------------------------------
# A peer that is no probe


def peer(behave):
    here, there = socket.socketpair()
    killed = []

    def serve():
        with contextlib.suppress(OSError, WireError):
            request = decode(*receive_frame(there, 1 << 20), build=lambda stub: stub.data)
            send_frame(there, *encode({"id": request["id"], "outcomes": [{"ok": None, "type": "x"}]}))
            key = request["value"]["key"]
            request = decode(*receive_frame(there, 1 << 20))
            behave(there, request["id"], key)

    threading.Thread(target=serve, daemon=True).start()
    channel = Channel(here, 1 << 24, lambda: None, killed.append)
    student = Student(channel, 1.0)
    student.replace("f", carried(embeddings.softmax))
    return student, killed


def question(sock, **fields):
    send_frame(sock, *encode(fields))


CALL = encode(Shared().pack([([1.0, 2.0],), {}]))[0]
VIOLATIONS = {
    "another key": lambda s, i, k: question(s, id=i, ask=k + 1, call=CALL),
    "no number": lambda s, i, k: question(s, id=i, ask="f", call=CALL),
    "another request": lambda s, i, k: question(s, id="0" * 32, ask=k, call=CALL),
    "no request": lambda s, i, k: question(s, ask=k, call=CALL),
    "no call": lambda s, i, k: question(s, id=i, ask=k),
    "a call that is a value": lambda s, i, k: question(s, id=i, ask=k, call=[1, 2]),
}


@pytest.mark.parametrize("behave", VIOLATIONS.values(), ids=VIOLATIONS)
def test_a_forged_question_ends_the_conversation(behave):
    student, killed = peer(behave)
    with pytest.raises(NoAnswer) as caught:
        student.f([1.0])
    assert caught.value.reason == "malformed" and killed
    assert student._channel.oracle.functions == {}
    with pytest.raises(NoAnswer):
        student.g()


GARBAGE = [b"", b"garbage", encode([1, 2])[0], encode({"kinds": "m"})[0], random.Random(2).randbytes(1000)]
GARBAGE += [
    encode({"kinds": k, "sizes": s, "floats": b"", "items": [], "changed": b"", "value": v})[0]
    for k, s, v in [
        ("l", b"\xff" * 8, Handle(0)),
        ("f", b"\x7f" * 8, Handle(-1)),
        ("m", b"\x7f" * 8, Handle(7)),
        ("d", b"\1" + b"\0" * 7, 5),
        ("", b"", [5]),
    ]
]


@pytest.mark.parametrize("call", GARBAGE)
def test_a_question_that_is_garbage_is_answered_with_an_error(call):
    seen = []

    def behave(sock, ticket, key):
        for _ in range(2):
            question(sock, id=ticket, ask=key, call=call)
            structure, buffers = receive_frame(sock, 1 << 20)
            seen.append(decode(decode(structure, [])["answer"], buffers))
        send_frame(sock, *encode({"id": ticket, "outcomes": [{"ok": 1, "type": "int"}]}))

    student, killed = peer(behave)
    assert student.f([1.0]).value == 1 and not killed
    assert all(set(answer) == {"error", "text"} for answer in seen) and len(seen) == 2
    student.restore()


def test_questions_that_never_end_are_ended_by_the_clock():
    def behave(sock, ticket, key):
        while True:
            question(sock, id=ticket, ask=key, call=CALL)
            receive_frame(sock, 1 << 20)

    student, killed = peer(behave)
    began = time.monotonic()
    with pytest.raises(NoAnswer) as caught:
        student.f([1.0])
    assert caught.value.reason == "late" and killed and time.monotonic() - began < 10


def test_answers_that_nobody_reads_do_not_hold_the_worker():
    def behave(sock, ticket, key):
        while True:
            question(sock, id=ticket, ask=key, call=CALL)

    student, killed = peer(behave)
    began = time.monotonic()
    with pytest.raises(NoAnswer):
        student.f([1.0])
    assert killed and time.monotonic() - began < 10


@pytest.mark.parametrize(
    "make", ["[0.5] * 10**6", "'x' * ((4 << 20) - 100)", "'x' * 10**7", "list(range(10**6)) * 2"]
)
def test_arguments_that_are_too_large_are_an_error(student, make):
    stand(student, len)
    assert student.error(make).value[0] in ("ValueError", "TypeError")
    assert student.of("[1.0] * 100_000").value == 100_000
