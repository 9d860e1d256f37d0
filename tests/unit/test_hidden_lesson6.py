"""The hidden tests of lesson 6, tested: on every right and every wrong solution of the library.

As `test_hidden_lesson5`, whose tools serve here too.
"""

import pytest
from test_hidden_lesson5 import ROOT, check_right, check_titles, check_wrong, files, kernel, solution, told

from grader.pytest_plugin.suite import Suite
from reference.pure_python import mini_llm, training
from reference.pure_python.wrong_training import BY_EXERCISE

LESSON = "lesson6_training"
GIVEN = {
    name: value
    for module in (mini_llm, training)
    for name, value in vars(module).items()
    if not name.startswith("__") and name not in (*BY_EXERCISE, "forward_llm", "mean_loss")
}


def right(exercise):
    name = {"forward_with_cache": "01_dictionary", "backward": "01_seven_stages"}
    return solution(exercise, f"right/{name.get(exercise, '01_number_by_number')}", LESSON)


FORWARD, BACKWARD, UPDATE = map(right, ("forward_with_cache", "backward", "sgd_update"))
# What the notebook's earlier cells have defined.
BEFORE = {"generate": FORWARD, "backward": FORWARD, "train": FORWARD + BACKWARD + UPDATE}


@pytest.fixture(scope="module")
def suite():
    made = Suite.collect(ROOT / "tests" / "hidden" / LESSON, ROOT)
    yield made
    made.close()


def graded(suite, exercise, source, seed=b"class secret", stand_ins=None, before=None):
    """Result of an exercise's hidden tests on this source."""
    with kernel((BEFORE.get(exercise, "") if before is None else before) + source, GIVEN) as student:
        return suite.run(exercise, student, seed, stand_ins=stand_ins)


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "path"), files("right", LESSON, BY_EXERCISE))
def test_every_right_solution_gets_full_points(suite, exercise, path):
    check_right(graded(suite, exercise, path.read_text(encoding="utf-8"), path.stem.encode()))


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "path"), files("wrong", LESSON, BY_EXERCISE))
def test_every_wrong_solution_loses_points_and_is_told_its_misconception(suite, exercise, path):
    source = path.read_text(encoding="utf-8")
    check_wrong(graded(suite, exercise, source, path.stem.encode()), source)


def test_every_hidden_test_has_a_title_in_both_languages(suite):
    check_titles(suite)
    points = {"forward_with_cache": 3, "backward": 8, "sgd_update": 2, "train": 4, "generate": 3}
    assert points == {
        e: sum(t.get_closest_marker("points").args[0] for t in ts) for e, ts in suite.by_exercise.items()
    }
