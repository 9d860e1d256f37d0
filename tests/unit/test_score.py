"""The one place where points are decided: always finite, never below 0, never above the maximum."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.engine.score import better, is_score, plain_score, points_for
from grader.result import ExerciseResult, TestOutcome
from grader.text import Text

anything = st.floats(allow_nan=True, allow_infinity=True)


def result(*passed):
    title = Text("a test", "un test")
    return ExerciseResult("x", tuple(TestOutcome(f"t{i}", title, 1.0, p) for i, p in enumerate(passed)))


@given(anything, anything)
def test_points_are_finite_and_between_zero_and_the_maximum(fraction, maximum):
    points = points_for(fraction, maximum)
    assert math.isfinite(points) and points >= 0
    assert points <= max(maximum, 0) or maximum != maximum


@given(st.floats(0, 1, exclude_max=True), st.floats(0.01, 1000))
def test_full_marks_need_full_success(fraction, maximum):
    points = points_for(fraction, maximum)
    assert 0 <= points < maximum
    assert abs(points - fraction * maximum) <= 0.015 + 1e-9


@pytest.mark.parametrize("fraction, points", [(0.9999, 0.99), (0.995, 0.99), (0.991, 0.99), (0.5, 0.5)])
def test_what_would_round_up_to_full_marks_does_not(fraction, points):
    assert points_for(fraction, 1.0) == points


def test_full_success_is_exactly_the_maximum():
    assert points_for(1.0, 0.3) == 0.3


@pytest.mark.parametrize(
    "text", ["nan", "inf", "-inf", "-1", "4.01", "True", "None", "tensor(1.)", "'4'", "", "[1]", None, 3]
)
def test_what_is_no_score_gives_nothing(text):
    assert plain_score(text, 4.0) == 0.0
    assert not is_score(text, 4.0)


@pytest.mark.parametrize(
    ("text", "score"), [("0", 0.0), ("1.5", 1.5), ("4", 4.0), ("4.0", 4.0), ("1e-3", 0.001)]
)
def test_a_number_up_to_the_maximum_is_the_score(text, score):
    assert plain_score(text, 4.0) == score


@given(st.text(max_size=20), anything)
def test_whatever_a_cell_shows_the_score_stays_in_range(text, maximum):
    score = plain_score(text, maximum)
    assert math.isfinite(score) and score >= 0
    assert score == 0 or score <= maximum


def test_the_better_of_two_results_counts_and_the_first_where_they_tie():
    worse, good = result(True, False), result(True, True)
    assert better(worse, good) is good and better(good, worse) is good
    tie = result(False, True)
    assert better(worse, tie) is worse


def test_no_tests_are_no_success():
    assert result().fraction == 0.0
