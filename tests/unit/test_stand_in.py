"""Stand-ins: a right version answers in the student's process, and none of its code is there."""

import copy
import random
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from asking_student import CODE, forked, stand

from grader.bridge import Channel, Student, StudentError, oracle
from grader.wire import decode, encode
from grader.wire.shared import Shared
from reference.pure_python import attention, embeddings, training


@pytest.fixture
def student():
    """A student in a process of its own, with a real probe."""
    with forked() as made:
        yield made


def test_it_answers_as_the_reference_does(student):
    stand(student, embeddings.softmax)
    scores = [0.5, -1.0, 3.0, 10]
    assert student.call("call", scores).value == embeddings.softmax(scores)
    assert student.kind("f") == "callable"
    assert student.get("f", keep=True).type_name == "grader.inside.stand_in.StandIn"
    student.restore()
    with pytest.raises(StudentError):
        student.call("call", scores)


def test_what_changes_in_place_changes_in_the_students_own_lists(student):
    stand(student, embeddings.sgd_step)
    rng = random.Random(1)
    context = [rng.gauss(0, 1) for _ in range(24)]
    W = [[rng.gauss(0, 1) for _ in range(27)] for _ in range(24)]
    b = [0.0] * 27
    loss, new_W, new_b, same = student.step(context, 3, W, b, 0.1).value
    assert loss == embeddings.sgd_step(context, 3, W, b, 0.1)
    assert (new_W, new_b, same) == (W, b, True)


def test_a_list_that_is_passed_twice_is_one_list_there_too(student):
    stand(student, embeddings.sgd_step)
    context, row, b = [1.0, 2.0, 3.0], [0.1, 0.2], [0.0, 0.0]
    seen, same = student.same_row_twice(context, row, b, 0.1).value
    embeddings.sgd_step(context, 1, [row] * 3, b, 0.1)
    assert same and seen == [row] * 3


def test_parameters_in_a_dict_change_in_place(student):
    stand(student, training.sgd_update)
    params = {"W": [[1.0, 2.0], [3.0, 4.0]], "b": [0.5, 0]}
    grads = {"W": [[1.0, 1.0], [0.0, 2.0]], "b": [1.0, 1.0]}
    new, kept, same = student.update(params, grads, 0.1).value
    assert kept == grads and same
    training.sgd_update(params, grads, 0.1)
    assert new == params


def returned(values):
    return values


def first(values):
    return values[0]


def nested(values):
    made = [values[0], [values, values[0]]]
    return [made[0] is values[0], made[1][0] is values, made]


@pytest.mark.parametrize("make", ["[1.0, 2.0]", "{'a': [1]}", "Row([1.0])", "(1, 2)"])
def test_a_result_that_is_an_argument_stays_that_argument(student, make):
    stand(student, returned)
    assert student.kept(make).value[0] is True


def grow(values):
    values.append(values[0])
    values[0][:] = [7.0]
    values.append([values[0], "new"])


def test_a_list_may_grow_and_hold_its_own_parts(student):
    stand(student, grow)
    answer = student.kept("[[1.0, 2.0], 5]").value[1]
    assert answer == [[7.0], 5, [7.0], [[7.0], "new"]]


def scale(rows):
    for row in rows:
        row[:] = [2 * x for x in row]


@pytest.mark.parametrize(
    "make",
    [
        "[[1.0, 2.0], [3.0, 4.0]]",
        "([1.0, 2.0], [3, 4])",
        "[Row([1.0, 2.0]), Row([3.0, 4.0])]",
        "numpy.array([[1.0, 2.0], [3.0, 4.0]])",
        "numpy.array([[1, 2], [3, 4]])",
        "torch.tensor([[1.0, 2.0], [3.0, 4.0]])",
        "[numpy.array([1.0, 2.0]), torch.tensor([3.0, 4.0])]",
    ],
)
def test_rows_of_any_kind_are_written_back(student, make):
    stand(student, scale)
    assert student.written(make).value == [[2.0, 4.0], [6.0, 8.0]]


@pytest.mark.parametrize(
    "make",
    [
        "(1, 2, 3)",
        "range(1, 4)",
        "(x for x in (1, 2, 3))",
        "map(float, (1, 2, 3))",
        "numpy.array([1, 2, 3], dtype='float32')",
        "list(numpy.array([1, 2, 3], dtype='int16'))",
        "torch.tensor([1, 2, 3])",
        "[torch.tensor(1.0), numpy.float64(2), __import__('fractions').Fraction(3)]",
        "{1: 'a', 2: 'b', 3: 'c'}.keys()",
    ],
)
def test_whatever_holds_numbers_may_be_passed(student, make):
    stand(student, embeddings.softmax)
    assert student.of(make).value == pytest.approx(embeddings.softmax([1, 2, 3]))


@pytest.mark.parametrize("make", ["Vector()", "[Vector()]", "own_list()", "[1j]", "lambda x: x"])
def test_what_cannot_travel_is_a_type_error_that_says_so(student, make):
    stand(student, embeddings.softmax)
    name, text = student.error(make).value
    assert name == "TypeError" and "stands in for your softmax" in text


@pytest.mark.parametrize(
    ("function", "make"),
    [
        (embeddings.softmax, "[]"),
        (attention.causal_mask, "'x'"),
        (embeddings.softmax, "['a', 1]"),
        (first, "{}"),
    ],
)
def test_an_error_of_the_reference_is_raised_there(student, function, make):
    stand(student, function)
    with pytest.raises(Exception) as wanted:
        function(eval(make))
    assert student.error(make).value[0] == wanted.type.__name__


def test_threads_of_the_student_may_ask(student):
    stand(student, embeddings.softmax)
    assert student.in_threads().value == [[i, embeddings.softmax([0.0, float(i)])] for i in [*range(8), 99]]


def test_many_questions_are_quick(student):
    stand(student, embeddings.softmax)
    began = time.monotonic()
    assert student.call_many(2000).value == pytest.approx(
        sum(embeddings.softmax([i, 0.0])[0] for i in range(2000))
    )
    assert time.monotonic() - began < 15


def test_it_is_silent_outside_its_tests(student):
    stand(student, embeddings.softmax)
    assert student.hold().value == "softmax"
    assert student.use_held().value == [1.0]
    student.restore()
    assert "during a test only" in student.use_held().value
    stand(student, embeddings.softmax)  # another one: the first stays silent
    assert "during a test only" in student.use_held().value


CLEAN = """
import socket, sys
sys.path.insert(0, {root!r})
from grader.inside.probe import Probe
names = {{}}
exec({code!r}, names)
probe = Probe(socket.socket(fileno={fd}), names)
while probe.serve_one():
    pass
"""


def test_no_code_of_the_reference_is_in_the_students_process():
    """In a process that inherited nothing from this one, as in a box."""
    here, there = socket.socketpair()
    code = CODE.replace("import numpy, torch", "")
    script = CLEAN.format(root=str(Path(oracle.__file__).parents[2]), code=code, fd=there.fileno())
    process = subprocess.Popen([sys.executable, "-c", script], pass_fds=[there.fileno()])
    there.close()
    student = Student(Channel(here, 8 << 20, lambda: None, lambda reason: process.kill()), 20.0)
    words = ["very_secret_helper", "secret_ingredient", "a word of the docstring"]
    stand(student, secret_sauce)
    assert student.call("call", [1.0, 2.0]).value == 12.0
    assert student.search(words).value == []
    student.restore()
    student.plant("def stolen():\n    secret_ingredient = 4\n    return secret_ingredient")
    assert student.search(words).value == [["function", "secret_ingredient"]]  # it does find what is there
    process.kill()
    process.wait()
    here.close()


def secret_sauce(values):
    """Four times the sum; this is a word of the docstring."""
    secret_ingredient = 4
    return very_secret_helper(values) * secret_ingredient


def very_secret_helper(values):
    return sum(values)


# ---------------------------------------------------------------------------------------------
# What carries arguments and results: `grader.wire.shared`


def some(rng, depth, met):
    """A random value, in which lists, tuples and dicts stand at several places."""
    if met and rng.random() < 0.2:
        return rng.choice(met)
    kind = rng.choice(["number", "floats", "matrix", "list", "tuple", "dict"]) if depth else "number"
    if kind == "number":
        return rng.choice([None, True, 0, -7, 10**30, 1.5, float("inf"), "x", "", b"y"])
    if kind == "floats":
        value = [rng.random() for _ in range(rng.randrange(4))]
    elif kind == "matrix":
        value = [[rng.random() for _ in range(rng.randrange(3))] for _ in range(rng.randrange(4))]
        value += value[:1] if rng.random() < 0.3 else []
        met.extend(value)
    else:
        parts = [some(rng, depth - 1, met) for _ in range(rng.randrange(4))]
        value = {"list": list, "tuple": tuple, "dict": lambda p: {f"k{i}": x for i, x in enumerate(p)}}[kind](
            parts
        )
    met.append(value)
    return value


def form(value, met):
    """A value as text that tells which of its parts are one object."""
    if not isinstance(value, (list, tuple, dict)) or value == ():
        return repr(value)
    if id(value) in met:
        return f"#{met[id(value)]}"
    met[id(value)] = len(met)
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    return f"{type(value).__name__}({', '.join(f'{k}: {form(x, met)}' for k, x in parts)})"


@pytest.mark.parametrize("seed", range(200))
def test_values_arrive_with_the_identity_of_their_parts(seed):
    rng = random.Random(seed)
    value = [some(rng, 4, met := []), some(rng, 4, met), met]
    here, there = Shared(), Shared()
    got = there.unpack(decode(*encode(here.pack(value))))
    assert form(got, {}) == form(value, {})
    # The other end changes what it was given, and gives some of it back.
    before = there.copies()
    expected = copy.deepcopy(value)
    results = []
    for own in (got, expected):
        changed, other = own[2], random.Random(seed)
        for part in changed:
            choice = other.randrange(4)
            if isinstance(part, dict):
                part["new"] = changed[0]
            elif isinstance(part, list) and choice == 0:
                part.clear()
            elif isinstance(part, list) and choice == 1:
                part[:0] = [[1.0], *changed[:1]]
        results.append([changed[-1] if changed else None, own[0]])
    answer = there.pack(results[0], there.changes(before))
    answer = decode(*encode(answer))
    result = here.unpack(answer)
    here.write_back(answer)
    assert form([value, result], {}) == form([expected, results[1]], {})
