"""A right version stands in for an exercise that failed, and the student looks for it: nothing is there.

The thief's `forward` is wrong and was graded; while `sgd_step` is tested, with a right `forward` standing
in, it goes through everything that Python can reach in its process: the stand-in itself, what it refers
to, all functions, frames, modules, strings and cached lines.  The control plants the reference's code
in the same notebook, and then the same search finds it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from grader.engine.notebook import grade
from grader.engine.task import GradeTask
from grader.limits import Limits
from grader.pytest_plugin.suite import Suite
from reference.pure_python import embeddings

from .conftest import Bench, points
from .submission import LIMITS, ROOT, SEED, graded

ASSIGNMENT = "lesson3_embeddings"
SOLUTIONS = ROOT / "tests" / "solutions" / ASSIGNMENT
GIVEN = """
import math, random
ALPHABET = list(".abcdefghijklmnopqrstuvwxyz")
char_to_id = {letter: i for i, letter in enumerate(ALPHABET)}
id_to_char = dict(enumerate(ALPHABET))
VOCAB_SIZE, EMBED_DIM, CONTEXT_SIZE = 27, 8, 3
"""
SEARCH = '''
import gc, inspect, linecache, sys, types

FOUND, SEEN, GUESSES = [], [], []


def words_of(code):
    """Everything readable in a code object and in those inside it."""
    yield from (code.co_name, " ".join(code.co_varnames), code.co_code)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from words_of(constant)
        elif isinstance(constant, (str, bytes)):
            yield constant


def looks_right(thing):
    """The names of its variables, its bytecode or its text are those of the reference's `forward`."""
    return [w for w in (VARIABLES, BYTECODE, LINE) if isinstance(thing, type(w)) and w[::-1] in thing]


def search(function):
    try:
        FOUND.extend(looks_right(inspect.getsource(function)))
    except (TypeError, OSError):
        pass
    reached, todo = {}, [function, *gc.get_objects(), *(f.frame for f in inspect.stack())]
    while todo:  # what these refer to, and what that refers to
        thing = todo.pop()
        if id(thing) in reached or isinstance(thing, types.FrameType) and thing.f_code is search.__code__:
            continue
        reached[id(thing)] = thing
        if isinstance(thing, types.FunctionType):
            todo.append(thing.__code__)
        if isinstance(thing, types.CodeType):
            FOUND.extend(w for text in words_of(thing) for w in looks_right(text))
        elif isinstance(thing, (str, bytes)):
            FOUND.extend(looks_right(thing))
        elif len(reached) < 3_000_000:
            todo.extend(gc.get_referents(thing))
    for name in list(linecache.cache):
        FOUND.extend(looks_right("".join(linecache.getlines(name))))
    FOUND.extend(n for n in sys.modules if n.startswith("reference") or n.endswith("oracle"))
    SEEN.append((type(function).__name__, sorted(vars(function)), len(reached) > 10_000))


def sgd_step(context, target, W, b, lr, _own=sgd_step):
    if not SEEN:
        search(forward)
        for guess in ("source", "code", "function", "__wrapped__", "__func__", "__code__", "__closure__"):
            GUESSES.append(hasattr(forward, guess))
    return _own(context, target, W, b, lr)
'''
TOLD = "print('FOUND', FOUND); print('SEEN', SEEN); print('GUESSED', any(GUESSES))"


def solution(exercise: str, which: str) -> str:
    (path,) = (SOLUTIONS / exercise).glob(f"{which}*.py")
    return path.read_text(encoding="utf-8")


def notebook(forward: str, *extra: str):
    """Lesson 3 up to `sgd_step`; `extra` cells come before its tests."""
    code = embeddings.forward.__code__
    # Backwards, so that the thief does not find its own wanted list.
    known = {
        "VARIABLES": " ".join(code.co_varnames)[::-1],
        "BYTECODE": code.co_code[::-1],
        "LINE": "a copy: b belongs to the model"[::-1],
    }
    return new_notebook(
        cells=[
            new_code_cell(GIVEN),
            new_code_cell("\n".join(f"{k} = {v!r}" for k, v in known.items())),
            graded("softmax", solution("softmax", "right/01")),
            graded("softmax_tests", "", 2),
            graded("forward", forward),
            graded("forward_tests", "", 2),
            graded("sgd_step", solution("sgd_step", "right/01")),
            *map(new_code_cell, extra),
            graded("sgd_step_tests", "", 3),
            new_code_cell(TOLD if extra else ""),
        ]
    )


@pytest.fixture(scope="module")
def suite() -> Iterator[Suite]:
    made = Suite.collect(ROOT / "tests" / "hidden" / ASSIGNMENT, ROOT)
    yield made
    made.close()


def run(bench: Bench, suite: Suite, nb):
    limits = Limits(**{**LIMITS, "call_seconds": 20.0, "cell_seconds": 20.0, "submission_seconds": 90.0})
    task = GradeTask("student", ASSIGNMENT, "embeddings", nb, root=str(ROOT), seed=SEED, limits=limits)
    done = grade(task, suite)
    assert bench.leftovers() == []
    return done


def told(done) -> str:
    """What the last cell printed."""
    return str(done.nb.cells[-1].outputs)


WRONG_FORWARD = "def forward(context, W, b):\n    return [0.0 for _ in b]\n"


def test_a_thief_finds_nothing_of_the_right_version_that_stands_in(bench, suite):
    done = run(bench, suite, notebook(WRONG_FORWARD, SEARCH))
    said = told(done)
    assert "FOUND []" in said and "GUESSED False" in said, said
    assert (
        "('StandIn', ['__name__', '__qualname__', '_key', '_line'], True)" in said
    )  # it was there, and searched
    assert points(done, "forward") < 2 and points(done, "sgd_step") == 3


def test_the_same_search_finds_what_is_there(bench, suite):
    """Proof that the search is one: with the reference's own lines in the notebook, it comes back loaded."""
    planted = (
        f"LOOT = {{}}\nexec({inspect.getsource(embeddings.forward)!r}, {{'Vector': 1, 'Matrix': 1}}, LOOT)"
    )
    done = run(bench, suite, notebook(WRONG_FORWARD, SEARCH, planted))
    assert "FOUND ['" in told(done) or 'FOUND ["' in told(done)


def test_nobody_pays_twice(bench, suite):
    """The honest control: without any search, the wrong forward pass costs its own points only."""
    done = run(bench, suite, notebook(WRONG_FORWARD))
    assert points(done, "softmax") == 2 and points(done, "forward") < 2 and points(done, "sgd_step") == 3


HARASSMENT = {
    "garbage": "forward({}); forward(object())",
    "too much": "forward([1.0] * 3_000_000, [[1.0] * 2] * 3_000_000, [0.0, 0.0])",
    "endless": "forward(range(10**9), range(10**9), [1.0])",
    "deep": "x = []\nfor _ in range(10000):\n    x = [x]\nforward(x, x, x)",
    "threads": """import threading
def ask():
    while True:
        try:
            forward([1.0], [[1.0]], [1.0])
        except BaseException:
            pass
for _ in range(4):
    threading.Thread(target=ask, daemon=True).start()""",
    "forged": """from grader.inside import stand_in
forward._key += 1
forward._line.known.add(forward._key)
forward([1.0], [[1.0]], [1.0])""",
    "outside": """line = forward._line
import threading, time
def shout():
    from grader.wire import encode
    from grader.wire.frames import send_frame
    for _ in range(1000):
        send_frame(line.sock, *encode({"id": "x" * 32, "ask": forward._key, "call": b""}))
        time.sleep(0.001)
threading.Thread(target=shout, daemon=True).start()""",
    "again": """import gc
class Again(list):
    def __iter__(self):
        forward([1.0], [[1.0]], [1.0])
        return super().__iter__()
forward(Again([1.0]), [[1.0]], [1.0])
forward(Again([1.0]), [[1.0]], [1.0])""",
}


@pytest.mark.parametrize("code", HARASSMENT.values(), ids=HARASSMENT)
def test_a_stand_in_that_is_harassed_costs_its_student_at_most(bench, suite, code):
    """Afterwards the same worker grades the next submission as ever."""
    body = "\n".join(f"        {line}" for line in code.splitlines())
    attack = f"def sgd_step(*args, _own=sgd_step):\n    try:\n{body}\n    except Exception:\n        pass\n"
    attack += "    return _own(*args)\n"
    done = run(bench, suite, notebook(WRONG_FORWARD, attack + "FOUND = SEEN = GUESSES = []"))
    assert all(0 <= s.score <= s.max_score for s in done.scores)
    assert points(done, "forward") < 2
    after = run(bench, suite, notebook(solution("forward", "right/01")))
    assert [s.score for s in after.scores] == [2, 2, 3]


def test_the_course_is_not_in_the_notebook():
    """The sentence that the thief looks for is the reference's own, and in no file that students get."""
    assert "a copy: b belongs to the model" in inspect.getsource(embeddings.forward)
    for path in (Path(ROOT) / "source").rglob("*.ipynb"):
        assert "a copy: b belongs to the model" not in path.read_text(encoding="utf-8")
