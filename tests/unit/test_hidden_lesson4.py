"""The hidden tests of lesson 4, tested: on every right and every wrong solution of the library."""

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

from reference.pure_python import attention
from reference.pure_python.wrong_attention import BY_EXERCISE

POINTS = {
    "dot": 1,
    "attention_scores": 2,
    "attention": 3,
    "causal_mask": 2,
    "causal_self_attention": 4,
    "multi_head_attention": 4,
}
GIVEN = {name: getattr(attention, name) for name in ["softmax", *BY_EXERCISE]}
LESSON = HiddenLesson("lesson4_attention", POINTS, GIVEN | {"math": math, "random": random})


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


@pytest.mark.parametrize("exercise", POINTS)
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
        result = LESSON.graded(suite, exercise, source)
        assert result.fraction == 0.0 and {o.finding.misconception for o in result.outcomes} == {name}


@pytest.mark.parametrize("exercise", POINTS)
def test_a_second_grading_asks_the_same_and_finds_the_same(suite, exercise):
    path = next(p for p in LESSON.files("wrong") if p.values[0] == exercise).values[1]
    source = path.read_text(encoding="utf-8")
    first, second = (LESSON.graded(suite, exercise, source) for _ in "ab")
    assert lost(first) == lost(second)


@pytest.mark.parametrize(
    "exercise", ["attention_scores", "attention", "causal_self_attention", "multi_head_attention"]
)
def test_a_wrong_dot_costs_nothing_in_what_relies_on_it(suite, exercise):
    source = LESSON.source("dot", "wrong/03_everything_added.py")
    source += LESSON.source("attention_scores", "right/01_loop.py")
    source += LESSON.source("causal_self_attention", "right/01_loops.py")
    right = next(p for p in LESSON.files("right") if p.values[0] == exercise).values[1].name
    source += LESSON.source(exercise, f"right/{right}")
    stand_in = {"dot": suite.relies_on(exercise)["dot"]}
    assert lost(LESSON.graded(suite, exercise, source, stand_ins=stand_in)) == []
    assert LESSON.graded(suite, exercise, source, stand_ins={}).fraction < 1.0


@pytest.mark.parametrize("way", ["01_loop", "02_zip_sum"])
def test_columns_for_keys_are_told_so_whatever_the_students_dot_does_with_two_lengths(suite, way):
    source = LESSON.source("dot", f"right/{way}.py")
    source += LESSON.source("attention_scores", "wrong/10_columns_for_keys.py")
    assert told(LESSON.graded(suite, "attention_scores", source)) == "columns_for_keys"


def test_weights_that_are_nearly_zero_are_told_so(suite):
    source = LESSON.source("causal_self_attention", "right/06_large_negative_inside.py").replace(
        "-1e9", "-90.0"
    )
    result = LESSON.graded(suite, "causal_self_attention", source)
    assert [name for name, *_ in lost(result)] == ["test_the_future_weighs_nothing"]
    assert told(result) == "minus_one_for_minus_inf"
