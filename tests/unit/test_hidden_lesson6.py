"""The hidden tests of lesson 6, tested: on every right and every wrong solution of the library."""

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
from test_hidden_lesson5 import STRANGE_TEXTS, check_again, check_strange_texts, check_unwritten

from reference.pure_python import mini_llm, training

POINTS = {"forward_with_cache": 3, "backward": 8, "sgd_update": 2, "train": 4, "generate": 3}
GIVEN = {
    name: value
    for module in (mini_llm, training)
    for name, value in vars(module).items()
    if not name.startswith("__") and name not in ("forward_llm", "mean_loss")
}
LESSON = HiddenLesson("lesson6_training", POINTS, GIVEN)
BY_VALUE = [exercise for exercise in POINTS if exercise != "generate"]


@pytest.fixture(scope="module")
def suite():
    made = LESSON.collect()
    yield made
    made.close()


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "path"), LESSON.files("right"))
def test_every_right_solution_gets_full_points(suite, exercise, path):
    if exercise != "backward":
        check_right(LESSON, suite, exercise, path)
        return
    # A forward pass that stands in knows nothing of the student's own cache; the engine tries both ways.
    result = LESSON.graded(suite, exercise, path.read_text(encoding="utf-8"), stand_ins={})
    assert lost(result) == [] and result.fraction == 1.0


WRONG = LESSON.files("wrong")
OF_GENERATE = [p for p in WRONG if p.values[0] == "generate"]  # judged as in lesson 5, where all are run
WRONG = [p for p in WRONG if p not in OF_GENERATE] + OF_GENERATE[::3]


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "path"), WRONG)
def test_every_wrong_solution_loses_points_and_is_told_its_misconception(suite, exercise, path):
    check_wrong(LESSON, suite, exercise, path)


@pytest.mark.parametrize(("exercise", "path"), LESSON.files("unnamed"))
def test_wrong_answers_that_no_message_names_lose_points(suite, exercise, path):
    check_unnamed(LESSON, suite, exercise, path)


def test_points_add_up_and_every_test_has_a_title_in_both_languages(suite):
    check_points_and_titles(LESSON, suite)


def test_the_lesson_is_graded_in_seconds(suite):
    assert seconds_of_right_answers(LESSON, suite) < 30.0  # a fifth of it on a machine that does nothing else


@pytest.mark.slow
@pytest.mark.parametrize("exercise", ["backward", "train"])
def test_a_strange_answer_is_judged_like_any_other(suite, exercise):
    check_strange_answers(LESSON, suite, exercise)


def test_of_a_function_that_only_prints_nothing_else_is_said(suite):
    source = LESSON.source("generate", "wrong/24_printed.py")
    result = LESSON.graded(suite, "generate", source, stand_ins={})
    assert {o.finding.misconception for o in result.outcomes} == {"nothing_returned"}


PAIRS = [
    "None",
    "7",
    "(1,)",
    "(None, None)",
    "[[10**400] * 27, {}]",
    "([float('nan')] * 27, 0)",
    "'ab'",
    "{0: 1}",
]
PAIRS += [
    "([[1.0]] * 27, 0)",
    "(x for x in (1, 2))",
    "[object()] * 2",
    "(object(), [0.1] * 27)",
    "[0.1] * 27",
]


@pytest.mark.parametrize("value", PAIRS)
def test_a_strange_pair_is_judged_like_any_other(suite, value):
    source = f"def forward_with_cache(ids, params): return {value}"
    for exercise in ("forward_with_cache", "backward"):
        result = LESSON.graded(suite, exercise, source, stand_ins={})
        assert result.fraction < 0.5
        assert not result.internal, result.internal[0].finding.detail


SPOILS = [
    "params.clear()",
    "params['b1'] = 10**400",
    "params['b1'][0] = None",
    "params['W1'] = [[1], [2, 3]]",
]
SPOILS += [
    "params['W1'][0][0] = float('nan')",
    "params['Wq'] = {'a': 1}",
    "grads.clear()",
    "params['b2'] = 'text'",
]


@pytest.mark.parametrize("line", SPOILS)
def test_strange_parameters_are_judged_like_any_other(suite, line):
    source = f"def sgd_update(params, grads, lr): {line}"
    result = LESSON.graded(suite, "sgd_update", source, stand_ins={})
    assert result.fraction < 0.8
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


@pytest.mark.parametrize("exercise", [*BY_VALUE, pytest.param("generate", marks=pytest.mark.slow)])
def test_a_second_grading_asks_the_same_and_finds_the_same(suite, exercise):
    check_again(LESSON, suite, exercise)


# ---------------------------------------------------------------------------------------------
# Styles that the contract allows


def test_the_pair_may_be_a_list_and_the_cache_anything(suite):
    source = LESSON.source("backward", "right/03_closures.py")
    source += "def forward_with_cache(ids, params, _f=forward_with_cache): return list(_f(ids, params))\n"
    assert lost(LESSON.graded(suite, "backward", source, stand_ins={})) == []
    with LESSON.kernel(source, "") as student:
        assert lost(suite.run("forward_with_cache", student, b"secret")) == []


def test_changes_must_be_seen_in_the_object_that_was_passed_in(suite):
    source = "import copy\ndef sgd_update(params, grads, lr, _f=sgd_update):\n"
    source += "    mine = copy.deepcopy(params)\n    _f(mine, grads, lr)\n    return mine\n"
    with LESSON.kernel(source, "") as student:
        assert told(suite.run("sgd_update", student, b"secret")) == "nothing_changed"


# ---------------------------------------------------------------------------------------------
# Error carried forward


def test_a_wrong_way_back_costs_nothing_in_train(suite):
    """Its stand-in knows no cache but its own, so a forward pass that fills it stands in as well."""
    forward = LESSON.source("forward_with_cache", "right/03_little_kept.py")
    wrong = "def backward(cache, probs, target, params): return zeros_like(params)\n"
    source = forward + wrong + LESSON.source("train", "right/01_three_loops.py")
    failed = {"backward": suite.relies_on("train")["backward"]}
    assert lost(LESSON.graded(suite, "train", source, stand_ins=failed)) == []
    assert LESSON.graded(suite, "train", source, stand_ins={}).fraction < 0.8


def test_a_wrong_update_costs_nothing_in_train(suite):
    source = LESSON.source("sgd_update", "wrong/01_uphill.py") + LESSON.source(
        "train", "right/01_three_loops.py"
    )
    failed = {"sgd_update": suite.relies_on("train")["sgd_update"]}
    assert lost(LESSON.graded(suite, "train", source, stand_ins=failed)) == []
    assert told(LESSON.graded(suite, "train", source, stand_ins={})) == "uphill"


@pytest.mark.parametrize("exercise", ["backward", pytest.param("generate", marks=pytest.mark.slow)])
def test_a_wrong_forward_pass_costs_nothing_in_what_relies_on_it(suite, exercise):
    answer = "right/01_seven_stages.py" if exercise == "backward" else "right/01_choices.py"
    source = LESSON.source("forward_with_cache", "wrong/16_no_relu.py") + LESSON.source(exercise, answer)
    assert lost(LESSON.graded(suite, exercise, source)) == []
    assert LESSON.graded(suite, exercise, source, stand_ins={}).fraction < 1.0


# ---------------------------------------------------------------------------------------------
# Attempts to be paid for less


def test_losses_that_only_look_as_if_they_fell_get_no_points_for_learning(suite):
    source = "def train(words, params, epochs, lr): return [3.0 / (i + 1) for i in range(epochs)]"
    result = LESSON.graded(suite, "train", source, stand_ins={})
    assert {"test_mean", "test_updates", "test_order", "test_learning"} == {
        o.test for o in result.outcomes if not o.passed
    }


def test_words_that_are_shuffled_once_for_all_epochs_lose_the_points_for_it(suite):
    source = LESSON.source("train", "right/01_three_loops.py").replace(
        "    for epoch in range(epochs):\n        order = list(words)\n        random.shuffle(order)\n",
        "    order = list(words)\n    random.shuffle(order)\n    for epoch in range(epochs):\n",
    )
    result = LESSON.graded(suite, "train", source, stand_ins={})
    assert [o.test for o in result.outcomes if not o.passed] == ["test_order"]
