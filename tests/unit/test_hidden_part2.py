"""The hidden tests of mini_gpt, part 2, tested: on every right and every wrong solution of the library.

As in `test_hidden_mini_gpt.py`: each solution runs in a process of its own, forked from here, with a
real probe at one end of a socket and the real suite at the other. A right solution gets full points;
a wrong one loses points and is told the misconception that its first line names.
"""

import importlib

import pytest
from test_hidden_mini_gpt import SOLUTIONS, graded, kernel, suite, told

from reference.pytorch.wrong_gpt2 import BY_EXERCISE

# What the notebook's first cells import, on top of what part 1 gives.
GIVEN = "import math\nfrom torch.utils.data import DataLoader, Dataset\n"
FILTERS = ("apply_repetition_penalty", "top_k_filter", "top_p_filter")
__all__ = ["suite"]  # a fixture


@pytest.fixture(scope="module", autouse=True)
def imported_once():
    """The library is imported here, so that no fork has to."""
    transformers = importlib.import_module("transformers")
    assert transformers.GPT2LMHeadModel and transformers.PreTrainedTokenizerFast
    assert transformers.TopPLogitsWarper


def right_filters():
    """Right versions of the three filters, which `generate_with_params` may use."""
    return "".join(source(next((SOLUTIONS / e / "right").glob("01_*.py"))) for e in FILTERS)


def source(path):
    return path.read_text(encoding="utf-8") + "\n"


def whole(exercise, path):
    """A kernel's source: what is given, right earlier exercises, and the solution."""
    earlier = right_filters() if exercise == "generate_with_params" else ""
    return GIVEN + earlier + source(path)


def files(kind):
    found = [(e, p) for e in BY_EXERCISE for p in sorted((SOLUTIONS / e / kind).glob("*.py"))]
    return [pytest.param(e, p, id=f"{e}-{p.stem}") for e, p in found]


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "path"), files("right"))
def test_every_right_solution_gets_full_points(suite, exercise, path):
    result = graded(
        suite, exercise, whole(exercise, path), path.stem.encode(), stand_ins={}, call_seconds=60.0
    )
    assert [(o.test, o.finding) for o in result.outcomes if not o.passed] == []
    assert result.fraction == 1.0


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "path"), files("wrong"))
def test_every_wrong_solution_loses_points_and_is_told_its_misconception(suite, exercise, path):
    result = graded(
        suite,
        exercise,
        whole(exercise, path),
        path.stem.encode(),
        stand_ins={},
        call_seconds=60.0,
        enough=True,
    )
    assert result.fraction < 1.0
    assert not result.internal, result.internal[0].finding.detail
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert told(result) == first.removeprefix("# misconception: ")


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", sorted((SOLUTIONS / "fine_tune" / "right").glob("*.py")), ids=lambda p: p.stem
)
def test_a_right_training_may_have_rough_last_steps(suite, path):
    """Each course draws other texts and weights; in 1 of 60 the last step of a right training is a bad one."""
    secret = f"another secret of {path.stem}".encode()
    result = graded(suite, "fine_tune", whole("fine_tune", path), secret, stand_ins={}, call_seconds=60.0)
    assert result.fraction == 1.0, [o.finding for o in result.outcomes if not o.passed]


@pytest.mark.parametrize("exercise", BY_EXERCISE)
def test_the_points_of_an_exercise_add_up(suite, exercise):
    points = {"apply_repetition_penalty": 2, "top_k_filter": 2, "top_p_filter": 3}
    points |= {"fine_tune": 4, "generate_with_params": 3}
    weights = [t.get_closest_marker("points").args[0] for t in suite.by_exercise[exercise]]
    assert sum(weights) == points[exercise]


# ---------------------------------------------------------------------------------------------
# Chance and error carried forward


@pytest.mark.slow
def test_several_gradings_of_a_right_sampler_fail_none(suite):
    path = SOLUTIONS / "generate_with_params" / "right" / "01_library.py"
    with kernel(whole("generate_with_params", path), 60.0) as student:
        for i in range(2):  # `benchmarks.sampler_gradings` makes thousands
            result = suite.run("generate_with_params", student, f"secret {i}".encode())
            assert result.fraction == 1.0, [o.finding for o in result.outcomes if not o.passed]


@pytest.mark.parametrize(("exercise", "path"), files("unnamed"))
def test_wrong_answers_that_no_message_names_lose_points(suite, exercise, path):
    result = graded(suite, exercise, whole(exercise, path), path.stem.encode(), stand_ins={})
    assert result.fraction < 1.0
    assert not result.internal, result.internal[0].finding.detail


def test_of_a_function_that_only_prints_nothing_else_is_said(suite):
    path = SOLUTIONS / "generate_with_params" / "wrong" / "24_nothing_returned.py"
    result = graded(suite, "generate_with_params", whole("generate_with_params", path), stand_ins={})
    assert {o.finding.misconception for o in result.outcomes} == {"nothing_returned"}


def by_name(loop):
    """This loop with a keyword, and an argument of the student's own, for what the filters get by place."""
    for placed, named in (
        ("(logits, ids, repetition_penalty)", "(logits=logits, token_ids=ids, penalty=repetition_penalty)"),
        ("(logits, top_k)", "(logits, k=top_k)"),
        ("(logits, top_p)", "(logits, top_p, -math.inf)"),
    ):
        assert placed in loop
        loop = loop.replace(placed, named)
    return loop


@pytest.mark.slow
def test_wrong_filters_cost_nothing_in_the_generation_that_relies_on_them(suite):
    wrong = "".join(source(next((SOLUTIONS / e / "wrong").glob("01_*.py"))) for e in FILTERS)
    own_loop = SOLUTIONS / "generate_with_params" / "right" / "02_own_loop.py"
    loop = by_name(source(own_loop))  # some arguments by name, some by place
    result = graded(suite, "generate_with_params", GIVEN + wrong + loop, call_seconds=60.0)
    assert result.fraction == 1.0, [o.finding for o in result.outcomes if not o.passed]
    alone = graded(
        suite,
        "generate_with_params",
        GIVEN + wrong + source(own_loop),
        stand_ins={},
        call_seconds=60.0,
        enough=True,
    )
    assert alone.fraction < 1.0
