"""The hidden tests of lesson 3, tested: on every right and every wrong solution of the library."""

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

from reference.pure_python import embeddings
from reference.pure_python.wrong_embeddings import BY_EXERCISE

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
