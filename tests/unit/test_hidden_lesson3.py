"""The hidden tests of lesson 3, tested: on every right and every wrong solution of the library."""

import math
import random

import pytest
from hidden_lesson import (
    HiddenLesson,
    check_points_and_titles,
    check_right,
    check_strange_answers,
    check_unnamed,
    check_wrong,
    lost,
    seconds_of_right_answers,
    told,
)

from grader.checks.sampling import ALPHA, rejected
from reference.pure_python import embeddings
from reference.pure_python.wrong_embeddings import BY_EXERCISE, GENERATE
from reference.pure_python.wrong_embeddings_sampler import law

POINTS = {
    "make_embeddings": 1,
    "get_context_vector": 2,
    "softmax": 2,
    "forward": 2,
    "sgd_step": 3,
    "train": 3,
    "generate": 3,
}
CONSTANTS = ["ALPHABET", "char_to_id", "id_to_char", "VOCAB_SIZE", "EMBED_DIM", "CONTEXT_SIZE"]
GIVEN = {name: getattr(embeddings, name) for name in [*CONSTANTS, *BY_EXERCISE]}
LESSON = HiddenLesson("lesson3_embeddings", POINTS, GIVEN | {"math": math, "random": random})


@pytest.fixture(scope="module")
def suite():
    made = LESSON.collect()
    yield made
    made.close()


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "path"), LESSON.files("right"))
def test_every_right_solution_gets_full_points(suite, exercise, path):
    check_right(LESSON, suite, exercise, path)


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "path"), LESSON.files("wrong"))
def test_every_wrong_solution_loses_points_and_is_told_its_misconception(suite, exercise, path):
    check_wrong(LESSON, suite, exercise, path)


@pytest.mark.parametrize(("exercise", "path"), LESSON.files("unnamed"))
def test_wrong_answers_that_no_message_names_lose_points(suite, exercise, path):
    check_unnamed(LESSON, suite, exercise, path)


def test_points_add_up_and_every_test_has_a_title_in_both_languages(suite):
    check_points_and_titles(LESSON, suite)


def test_the_lesson_is_graded_in_seconds(suite):
    assert seconds_of_right_answers(LESSON, suite) < 10.0  # a fifth of it on a machine that does nothing else


SLOW = {"train", "generate"}


@pytest.mark.parametrize(
    "exercise", [pytest.param(e, marks=pytest.mark.slow) if e in SLOW else e for e in POINTS]
)
def test_a_strange_answer_is_judged_like_any_other(suite, exercise):
    check_strange_answers(LESSON, suite, exercise)


@pytest.mark.parametrize("exercise", POINTS)
def test_a_function_that_does_nothing_has_no_points(suite, exercise):
    source = f"def {exercise}(*args, **kwargs):\n    pass"
    assert LESSON.graded(suite, exercise, source, stand_ins={}).fraction == 0.0


@pytest.mark.parametrize("exercise", POINTS)
def test_what_is_not_written_or_not_defined_is_said_to_be_so(suite, exercise):
    unwritten = f"def {exercise}(*args, **kwargs):\n    raise NotImplementedError"
    for source, name in ((unwritten, "not_written"), ("", "not_defined")):
        result = LESSON.graded(suite, exercise, source, stand_ins={})
        assert result.fraction == 0.0 and {o.finding.misconception for o in result.outcomes} == {name}


@pytest.mark.parametrize("exercise", POINTS)
def test_a_second_grading_asks_the_same_and_finds_the_same(suite, exercise):
    path = next(p for p in LESSON.files("wrong") if p.values[0] == exercise).values[1]
    source = path.read_text(encoding="utf-8")
    first, second = (LESSON.graded(suite, exercise, source, stand_ins={}) for _ in "ab")
    assert lost(first) == lost(second)


# ---------------------------------------------------------------------------------------------
# Chance

SAMPLERS = ("make_embeddings", "generate")


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "path"), [p for p in LESSON.files("right") if p.values[0] in SAMPLERS])
def test_gradings_of_each_right_sampler_fail_none(suite, exercise, path):
    with LESSON.kernel(path.read_text(encoding="utf-8"), exercise) as student:
        for i in range(3):  # `benchmarks.sampler_gradings` makes thousands
            assert lost(suite.run(exercise, student, f"secret {i}".encode())) == []


@pytest.mark.slow
def test_the_models_of_the_law_of_names_tell_every_wrong_sampler_from_the_right_one(suite):
    """What the test compares, simulated: 200 first samples of each wrong sampler, all far from accepted."""
    conftest = next(
        plugin
        for plugin in suite.config.pluginmanager.get_plugins()
        if getattr(plugin, "__file__", "").endswith("lesson3_embeddings/conftest.py")
    )
    for seed in range(5):
        rng = random.Random(seed)
        with LESSON.kernel("") as student:
            writer = conftest.Writer(student, conftest.Draw(rng))
            models = writer.random_pair()
        right = [m.names(law) for m in models]
        for wrong in (m for m in GENERATE if m.hypothesis):
            laws = [m.names(wrong.hypothesis, 1e-4) for m in models]
            for _ in range(40):
                samples = [rng.choices(list(x), list(x.values()), k=250) for x in laws]
                assert rejected(samples, right, ALPHA / 100) is not None, (seed, wrong.id)


# ---------------------------------------------------------------------------------------------
# Error carried forward, no trace


@pytest.mark.parametrize("exercise", ["sgd_step", "train", "generate"])
def test_a_wrong_softmax_costs_nothing_in_what_relies_on_it(suite, exercise):
    right = next(p for p in LESSON.files("right") if p.values[0] == exercise).values[1].name
    source = LESSON.source("softmax", "wrong/08_sign_reversed.py") + LESSON.source(
        "sgd_step", "right/01_loops.py"
    )
    source += LESSON.source(exercise, f"right/{right}")
    stand_in = {"softmax": suite.relies_on(exercise)["softmax"]}
    assert lost(LESSON.graded(suite, exercise, source, stand_ins=stand_in)) == []
    assert LESSON.graded(suite, exercise, source, stand_ins={}).fraction < 1.0


def test_of_a_function_that_only_prints_nothing_else_is_said(suite):
    source = LESSON.source("generate", "wrong/18_nothing_returned.py")
    result = LESSON.graded(suite, "generate", source, stand_ins={})
    assert {o.finding.misconception for o in result.outcomes} == {"nothing_returned"}


def test_losses_that_are_wrong_are_not_called_right(suite):
    source = "def train(words, embeddings, W, b, epochs, lr): return [0.0] * epochs"
    assert told(LESSON.graded(suite, "train", source, stand_ins={})) is None


def test_a_constant_that_a_cell_changed_costs_nothing(suite):
    source = "EMBED_DIM, CONTEXT_SIZE, VOCAB_SIZE, char_to_id = 16, 5, 3, {}\n"
    source += LESSON.source("get_context_vector", "right/01_loop.py")
    assert LESSON.graded(suite, "get_context_vector", source).fraction == 1.0


def test_grading_leaves_no_trace_in_the_kernel(suite):
    source = LESSON.source("train", "right/01_loops.py") + (
        "CONTEXT_SIZE = 4\n"
        "def traces():\n"
        "    return [random.getstate()[1][:20], CONTEXT_SIZE, sorted(k for k in globals() if k[0] != '_')]\n"
    )
    with LESSON.kernel(source) as student:
        before = student.traces().value
        result = suite.run("train", student, b"secret", stand_ins=suite.relies_on("train"))
        assert result.fraction == 1.0 and student.traces().value == before
