"""The hidden tests of lesson 4, tested: on every right and every wrong solution of the library."""

import math
import random

import pytest
from hidden_lesson import (
    HiddenLesson,
    check_points_and_titles,
    check_right,
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


@pytest.mark.parametrize(("exercise", "path"), LESSON.files("right"))
def test_every_right_solution_gets_full_points(suite, exercise, path):
    check_right(LESSON, suite, exercise, path)


@pytest.mark.parametrize(("exercise", "path"), LESSON.files("wrong"))
def test_every_wrong_solution_loses_points_and_is_told_its_misconception(suite, exercise, path):
    check_wrong(LESSON, suite, exercise, path)


def test_points_add_up_and_every_test_has_a_title_in_both_languages(suite):
    check_points_and_titles(LESSON, suite)


def test_the_lesson_is_graded_in_two_seconds(suite):
    assert seconds_of_right_answers(LESSON, suite) < 2.0
