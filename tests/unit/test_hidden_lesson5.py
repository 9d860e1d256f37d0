"""The hidden tests of lesson 5, tested: on every right and every wrong solution of the library."""

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

from grader.checks import wrong_samplers
from grader.checks.name_writer import NameWriter
from grader.checks.sampling import ALPHA, rejected
from grader.checks.wrong_samplers import OF_CONTEXT, OF_TEMPERATURE, size
from reference.pure_python import mini_llm, wrong_generate
from reference.pure_python.wrong_mini_llm import BY_EXERCISE

POINTS = {"count_parameters": 1, "forward_llm": 5, "apply_temperature": 2, "mean_loss": 3, "generate": 4}
GIVEN = {name: value for name, value in vars(mini_llm).items() if not name.startswith("__")}
LESSON = HiddenLesson("lesson5_mini_llm", POINTS, GIVEN)
BY_VALUE = [exercise for exercise in POINTS if exercise != "generate"]


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
    assert seconds_of_right_answers(LESSON, suite) < 20.0  # a fifth of it on a machine that does nothing else


@pytest.mark.slow
@pytest.mark.parametrize("exercise", BY_VALUE)
def test_a_strange_answer_is_judged_like_any_other(suite, exercise):
    check_strange_answers(LESSON, suite, exercise)


STRANGE_TEXTS = ["42", "['.', 'a']", "b'abc'", "'\\ud800'", "'7' * 100000", "{'a': 1}", "[[1]]", "object()"]


def check_strange_texts(lesson, suite, value):
    """Whatever `generate` returns, it is judged."""
    result = lesson.graded(suite, "generate", f"def generate(*args, **kwargs): return {value}", stand_ins={})
    assert result.fraction < 0.5
    assert not result.internal, result.internal[0].finding.detail


@pytest.mark.slow
@pytest.mark.parametrize("value", STRANGE_TEXTS)
def test_a_strange_text_is_judged_like_any_other(suite, value):
    check_strange_texts(LESSON, suite, value)


@pytest.mark.parametrize("exercise", POINTS)
def test_a_function_that_does_nothing_has_no_points(suite, exercise):
    source = f"def {exercise}(*args, **kwargs):\n    pass"
    assert LESSON.graded(suite, exercise, source, stand_ins={}).fraction == 0.0


@pytest.mark.parametrize("exercise", POINTS)
def test_what_is_not_written_or_not_defined_is_said_to_be_so(suite, exercise):
    check_unwritten(LESSON, suite, exercise)


def check_unwritten(lesson, suite, exercise):
    """Both are told by name, and score nothing."""
    unwritten = f"def {exercise}(*args, **kwargs):\n    raise NotImplementedError"
    for source, name in ((unwritten, "not_written"), ("", "not_defined")):
        result = lesson.graded(suite, exercise, source, stand_ins={})
        assert result.fraction == 0.0 and {o.finding.misconception for o in result.outcomes} == {name}


@pytest.mark.parametrize("exercise", [*BY_VALUE, pytest.param("generate", marks=pytest.mark.slow)])
def test_a_second_grading_asks_the_same_and_finds_the_same(suite, exercise):
    check_again(LESSON, suite, exercise)


def check_again(lesson, suite, exercise):
    """The seed decides everything."""
    path = next(p for p in lesson.files("wrong") if p.values[0] == exercise).values[1]
    source = path.read_text(encoding="utf-8")
    first, second = (lesson.graded(suite, exercise, source, stand_ins={}) for _ in "ab")
    assert [(o.test, o.passed, o.finding) for o in first.outcomes] == [
        (o.test, o.passed, o.finding) for o in second.outcomes
    ]


def test_of_a_function_that_only_prints_nothing_else_is_said(suite):
    source = LESSON.source("generate", "wrong/24_printed.py")
    result = LESSON.graded(suite, "generate", source, stand_ins={})
    assert {o.finding.misconception for o in result.outcomes} == {"nothing_returned"}


# ---------------------------------------------------------------------------------------------
# Error carried forward


@pytest.mark.parametrize("exercise", ["mean_loss", pytest.param("generate", marks=pytest.mark.slow)])
def test_a_wrong_forward_pass_costs_nothing_in_what_relies_on_it(suite, exercise):
    source = LESSON.source("forward_llm", "wrong/16_no_relu.py") + LESSON.source(
        exercise, "right/03_pairs.py" if exercise == "mean_loss" else "right/01_choices.py"
    )
    assert lost(LESSON.graded(suite, exercise, source)) == []
    assert LESSON.graded(suite, exercise, source, stand_ins={}).fraction < 1.0


def test_a_wrong_temperature_costs_nothing_in_generate(suite):
    source = LESSON.source("apply_temperature", "wrong/01_inverted.py") + LESSON.source(
        "generate", "right/04_recursion.py"
    )
    assert lost(LESSON.graded(suite, "generate", source)) == []
    alone = LESSON.graded(suite, "generate", source, stand_ins={})
    assert alone.fraction < 1.0 and told(alone) == "temperature_inverted"


def test_generate_need_not_call_the_forward_pass_of_the_lesson(suite):
    source = LESSON.source("forward_llm", "right/06_running_softmax.py").replace("forward_llm", "my_own")
    source += LESSON.source("generate", "right/02_text_grows.py").replace("forward_llm", "my_own")
    source += "\ndel forward_llm, apply_temperature\n"
    assert lost(LESSON.graded(suite, "generate", source, stand_ins={})) == []


# ---------------------------------------------------------------------------------------------
# Chance


def writers(count, usual=1.0):
    """Writers of as many gradings; they know laws, and have no student."""
    for i in range(count):
        rng = random.Random(f"grading {i}")
        yield NameWriter(None, rng, mini_llm, wrong_generate, BY_EXERCISE["generate"], usual)


@pytest.mark.parametrize("usual", [1.0, 0.8], ids=["lesson 5", "lesson 6"])
def test_every_listed_wrong_sampler_is_caught_with_probability_0_999(usual):
    for writer in writers(40, usual):
        for settings, ideas in (
            (writer.temperature_settings(), OF_TEMPERATURE),
            (writer.context_settings(), OF_CONTEXT),
        ):
            known = (writer.laws, wrong_generate, BY_EXERCISE["generate"])
            right = [writer.laws.of_texts(s, wrong_generate.right_distribution) for s in settings]
            for idea in ideas:
                wrong = [wrong_samplers.law(*known, s, idea) for s in settings]
                pairs = zip(settings, wrong, right, strict=True)
                caught = max(
                    wrong_samplers.chance_of_rejection(w, r, size(s), len(settings)) for s, w, r in pairs
                )
                assert 1 - 2 * (1 - caught) >= 0.999, (idea, caught)


@pytest.mark.slow
def test_what_is_said_of_the_chance_of_a_rejection_is_so():
    """Counted: a law whose rarest outcomes the right one excludes is not seen in every sample."""
    right = {"a": 0.5, "b": 0.3, "c": 0.2}
    wrongs = [
        {"a": 0.5, "b": 0.3, "c": 0.198, "d": 0.002},
        {"a": 0.42, "b": 0.36, "c": 0.22},
        {"a": 0.36, "b": 0.36, "c": 0.28},
    ]
    rng = random.Random(5)
    for wrong in wrongs:
        said = wrong_samplers.chance_of_rejection(wrong, right, 240, 1)
        samples = (rng.choices(list(wrong), list(wrong.values()), k=240) for _ in range(2000))
        seen = sum(rejected([sample], [right]) is not None for sample in samples) / 2000
        assert abs(seen - said) < 0.05, (wrong, seen, said)


@pytest.mark.slow
def test_wrong_samplers_that_were_missed_in_some_models_are_rejected():
    """Counted: ideas of which a few models once showed nothing, although they were said to."""
    for writer in writers(120):
        (setting,) = writer.context_settings()
        right = writer.laws.of_texts(setting, wrong_generate.right_distribution)
        known = (writer.laws, wrong_generate, BY_EXERCISE["generate"])
        for idea in ("drawn_letters_not_fed", "temperature_once", "context_one_short"):
            wrong = wrong_samplers.law(*known, setting, idea)
            missed = sum(
                rejected([writer.rng.choices(list(wrong), list(wrong.values()), k=size(setting))], [right])
                is None
                for _ in range(5)
            )
            assert missed < 3, (idea, missed)


@pytest.mark.slow
def test_one_sample_of_a_right_sampler_is_rejected_no_more_often_than_stated():
    rejections, gradings = 0, 4000
    for i, writer in enumerate(writers(20)):
        settings = writer.temperature_settings() if i % 2 else writer.context_settings()
        laws = [writer.laws.of_texts(s, wrong_generate.right_distribution) for s in settings]
        for _ in range(gradings // 20):
            samples = [
                writer.rng.choices(list(law), weights=list(law.values()), k=size(s))
                for s, law in zip(settings, laws, strict=True)
            ]
            rejections += rejected(samples, laws) is not None
    # About 1 is expected; 9 or more has a chance below 1e-4 at three times the stated rate.
    assert rejections <= 9 and math.isclose(ALPHA, 3e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["01_choices", "03_wheel_of_fortune", "05_exponential_race"])
def test_gradings_of_right_samplers_fail_none(suite, name):
    with LESSON.kernel(LESSON.source("generate", f"right/{name}.py"), "generate") as student:
        for i in range(3):  # `benchmarks.sampler_gradings` makes thousands
            assert lost(suite.run("generate", student, f"secret {i}".encode())) == []


def test_the_same_draws_replayed_do_not_pass_for_a_law(suite):
    source = (
        LESSON.source("generate", "right/01_choices.py")
        + """
honest, texts = generate, {}
def generate(params, start=".", temperature=1.0, max_len=15):
    known = texts.setdefault((id(params), start, temperature, max_len), [])
    if len(known) < 8: known.append(honest(params, start, temperature, max_len))
    return random.choice(known)
"""
    )
    result = LESSON.graded(suite, "generate", source, stand_ins={})
    assert {"test_temperature", "test_context"} <= {o.test for o in result.outcomes if not o.passed}
