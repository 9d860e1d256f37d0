"""Lesson 6: reference, wrong references, library of solutions and corpus, checked against each other.

The hand-written backward pass is checked against autograd, number by number. Then values decide, as
in `test_lesson5.py`, whose tools serve here too.
"""

import copy
import itertools
import math
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_lesson5 import (
    WORDS,
    Stub,
    check_library,
    check_right_sampler,
    check_text,
    check_wrong_sampler,
    files,
    flat,
    misconception,
    random_ids,
    random_params,
    run_file,
    same,
)

from reference.pure_python import mini_llm
from reference.pure_python import training as ref
from reference.pure_python.wrong_training import BY_EXERCISE, ORDER_MATTERS, trained
from reference.pytorch import mini_llm as torch_llm
from reference.pytorch import training as other

ROOT = Path(__file__).parents[2]
SOLUTIONS = ROOT / "tests" / "solutions" / "lesson6_training"
GIVEN = {
    name: value
    for module in (mini_llm, ref)
    for name, value in vars(module).items()
    if not name.startswith("__") and name != "forward_llm"
}


def gradients(namespace: dict[str, Any], ids: list[int], target: int, params: dict[str, Any]) -> Any:
    """What a student's pair of functions answers."""
    probs, cache = namespace["forward_with_cache"](ids, params)
    return namespace["backward"](cache, probs, target, params)


# --- the two worlds --------------------------------------------------------------------------


@pytest.mark.parametrize("length", range(1, 9))
def test_every_gradient_of_the_backward_pass_agrees_with_autograd(length):
    for seed in range(12):
        scale = (0.1, 0.3, 0.7)[seed % 3]
        params, target = random_params(seed, scale), random.Random(seed).randrange(27)
        ids = random_ids(100 * length + seed, length)
        if seed % 4 == 0:
            ids = [ids[0]] * length  # one letter at every place
        mine = gradients(vars(ref), ids, target, params)
        autograd = other.gradients(ids, target, torch_llm.tensors(params))
        assert list(mine) == list(params)
        for name, expected in autograd.items():
            assert [len(mine[name])] == [expected.shape[0]]
            assert same(mine[name], expected.tolist(), 1e-9), name
            largest = expected.abs().max().item()
            pairs = zip(flat(mine[name]), expected.flatten().tolist(), strict=True)
            assert all(abs(a - b) <= 1e-9 * max(abs(b), 1e-3 * largest) for a, b in pairs), name


def test_rows_that_were_not_used_have_a_gradient_of_exactly_zero():
    grads = gradients(vars(ref), [3, 5, 3], 7, random_params(1))
    used = [i for i, row in enumerate(grads["tok_emb"]) if any(row)]
    assert used == [3, 5]
    assert [any(row) for row in grads["pos_emb"]] == [True] * 3 + [False] * 5


def test_both_worlds_train_alike():
    params = random_params(2)
    theirs = torch_llm.tensors(params)
    random.seed(4)
    expected = other.train(WORDS[:3], theirs, 2, 0.05)
    random.seed(4)
    assert same(ref.train(WORDS[:3], params, 2, 0.05), expected, 1e-10)
    assert all(same(params[name], theirs[name].tolist(), 1e-10) for name in params)


def test_the_forward_pass_is_the_one_of_lesson_5_and_the_wrong_trainer_can_be_right():
    params = random_params(3)
    for n in range(1, 9):
        ids = random_ids(n, n)
        assert same(ref.forward_with_cache(ids, params)[0], mini_llm.forward_llm(ids, params), 1e-14)
    history, after = trained(["eva"] * 3, params, 2, 0.1)
    assert same(ref.train(["eva"] * 3, params, 2, 0.1), history, 1e-12) and same(params, after, 1e-12)


def test_a_short_training_lowers_the_loss():
    random.seed(1)
    names, params = ref.read_names(ref.NAMES_FILE), mini_llm.init_params()
    history = ref.train(random.sample(names, 30), params, 3, 0.05)
    assert history[0] < math.log(27) + 0.1 and history[2] < history[0] - 0.2


# --- the corpus ------------------------------------------------------------------------------


def test_the_corpus_is_a_thousand_distinct_names_of_plain_letters():
    names = ref.read_names(ref.NAMES_FILE)
    assert len(names) == len(set(names)) >= 1000 and names == sorted(names)
    assert all(set(name) <= set(mini_llm.ALPHABET[1:]) and 3 <= len(name) <= 11 for name in names)
    assert {"hugo", "emma", "zoe", "fatima", "kenji"} <= set(names)
    assert "CC0" in ref.NAMES_FILE.with_name("NAMES.md").read_text(encoding="utf-8")


def test_the_corpus_is_what_its_script_builds():
    script = ROOT / "corpora" / "make_lesson6_names.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


# --- the library and the texts ---------------------------------------------------------------


@pytest.mark.parametrize("exercise", BY_EXERCISE)
def test_the_library_holds_enough_styles_and_a_wrong_file_for_each_misconception(exercise):
    check_library(SOLUTIONS, BY_EXERCISE, exercise)


@pytest.mark.parametrize("m", [m for ms in BY_EXERCISE.values() for m in ms], ids=lambda m: m.id)
def test_each_misconception_speaks_two_languages_and_says_how_it_is_seen(m):
    check_text(m)


# --- forward_with_cache ----------------------------------------------------------------------


def forward_signs(forward: Callable) -> set[str]:
    params = random_params(5)
    answer = forward([1, 2, 1], params)
    signs = {"params_changed"} if params != random_params(5) else set()
    if answer is None:
        return {"nothing_returned"}
    if len(answer) == 27:
        return {"cache_missing"}
    return signs | ({"cache_first"} if isinstance(answer[1], list) and len(answer[1]) == 27 else set())


@pytest.mark.parametrize("path", files(SOLUTIONS, "forward_with_cache", "right"))
def test_a_right_forward_pass_gives_lesson_5s_probabilities(path):
    forward = run_file(path, GIVEN)["forward_with_cache"]
    for n in range(1, 9):
        params, ids = random_params(n), random_ids(n, n)
        probs, _cache = forward(ids, params)
        assert same(probs, mini_llm.forward_llm(ids, params))
        assert params == random_params(n) and ids == random_ids(n, n)
    assert not forward_signs(forward)


@pytest.mark.parametrize("path", files(SOLUTIONS, "forward_with_cache", "wrong"))
def test_a_wrong_forward_pass_is_what_its_hypothesis_predicts(path, capsys):
    forward, wrong = run_file(path, GIVEN)["forward_with_cache"], misconception(path, BY_EXERCISE)
    if wrong.hypothesis is None:
        assert forward_signs(forward) == {wrong.id}
        return
    for n in (3, 5, 7):
        params, ids = random_params(n), random_ids(n, n)
        probs, _cache = forward(ids, params)
        assert same(probs, wrong.hypothesis(ids, params))
        assert not same(probs, mini_llm.forward_llm(ids, params), 1e-4)


# --- backward --------------------------------------------------------------------------------

BACKWARD_CASES = [(random_ids(n, n), 3 * n, random_params(20 + n)) for n in (3, 5, 8)]


def backward_signs(namespace: dict[str, Any]) -> set[str]:
    ids, target, params = copy.deepcopy(BACKWARD_CASES[0])
    probs, cache = namespace["forward_with_cache"](ids, params)
    first = copy.deepcopy(namespace["backward"](cache, probs, target, params))
    if first is None:
        return {"nothing_returned"}
    signs = {"params_changed"} if params != BACKWARD_CASES[0][2] else set()
    again = namespace["backward"](cache, probs, target, params)
    return signs | ({"grads_kept_between_calls"} if not same(again, first) else set())


@pytest.mark.parametrize("path", files(SOLUTIONS, "backward", "right"))
def test_a_right_backward_pass_agrees_with_the_reference(path):
    namespace = run_file(path, GIVEN)
    for ids, target, params in [*BACKWARD_CASES, ([4], 0, random_params(6))]:
        mine = copy.deepcopy(params)
        grads, expected = gradients(namespace, ids, target, mine), gradients(vars(ref), ids, target, params)
        assert set(grads) == set(params) and mine == params
        assert all(same(grads[name], expected[name]) for name in params)
        assert all(
            len(grads[n]) == len(params[n]) and len(flat(grads[n])) == len(flat(params[n])) for n in params
        )
    assert not backward_signs(namespace)


@pytest.mark.parametrize("path", files(SOLUTIONS, "backward", "wrong"))
def test_a_wrong_backward_pass_is_what_its_hypothesis_predicts(path, capsys):
    namespace, wrong = run_file(path, GIVEN), misconception(path, BY_EXERCISE)
    if wrong.hypothesis is None:
        assert backward_signs(namespace) == {wrong.id}
        return
    for ids, target, params in BACKWARD_CASES:
        grads = gradients(namespace, ids, target, copy.deepcopy(params))
        assert all(same(grads[name], value) for name, value in wrong.hypothesis(ids, target, params).items())
        expected = gradients(vars(ref), ids, target, params)
        assert not all(same(grads[name], expected[name], 1e-3) for name in params)


@pytest.mark.parametrize("case", BACKWARD_CASES, ids=["3", "5", "8"])
def test_no_two_backward_hypotheses_agree(case):
    answers = {m.id: m.hypothesis(*case) for m in BY_EXERCISE["backward"] if m.hypothesis}
    answers["right"] = gradients(vars(ref), *case)
    for (id_a, a), (id_b, b) in itertools.combinations(answers.items(), 2):
        assert not all(same(a[name], b[name], 1e-3) for name in a), (id_a, id_b)


# --- sgd_update ------------------------------------------------------------------------------


def updated(update: Callable, lr: float) -> tuple[dict[str, Any], dict[str, Any]]:
    params, grads = random_params(7), random_params(8)
    update(params, grads, lr)
    return params, grads


@pytest.mark.parametrize("path", files(SOLUTIONS, "sgd_update", "right"))
def test_a_right_update_is_seen_through_the_parameters_that_were_given(path):
    update = run_file(path, GIVEN)["sgd_update"]
    for lr in (0.03, 1, 0):
        params, grads = updated(update, lr)
        assert grads == random_params(8) and set(params) == set(mini_llm.SHAPES)
        assert all(same(value, updated(ref.sgd_update, lr)[0][name]) for name, value in params.items())


@pytest.mark.parametrize("path", files(SOLUTIONS, "sgd_update", "wrong"))
def test_a_wrong_update_is_what_its_hypothesis_predicts(path):
    wrong = misconception(path, BY_EXERCISE)
    params, grads = updated(run_file(path, GIVEN)["sgd_update"], 0.03)
    if wrong.hypothesis is None:
        assert wrong.id == "grads_changed" and grads != random_params(8)
        return
    assert grads == random_params(8)
    expected = wrong.hypothesis(random_params(7), grads, 0.03)
    assert all(same(params[name], expected[name]) for name in params)
    assert not same(params, updated(ref.sgd_update, 0.03)[0], 1e-4)


def test_no_two_update_hypotheses_agree():
    answers = {
        m.id: m.hypothesis(random_params(7), random_params(8), 0.03)
        for m in BY_EXERCISE["sgd_update"]
        if m.hypothesis
    }
    answers["right"] = updated(ref.sgd_update, 0.03)[0]
    for (id_a, a), (id_b, b) in itertools.combinations(answers.items(), 2):
        assert not same(a, b, 1e-4), (id_a, id_b)


# --- train -----------------------------------------------------------------------------------

# Order cannot matter: words that are all alike, or steps of length zero.
TRAIN_CASES = [(["eva", "eva"], 2, 0.02), (["al", "bartholomee", "zoe"], 2, 0.0)]


def run_train(train: Callable, words: list[str], epochs: int, lr: float) -> tuple[Any, dict[str, Any]]:
    params = random_params(9, 0.15)
    return train(list(words), params, epochs, lr), params


def train_signs(train: Callable) -> set[str]:
    words = ["al", "eva", "hugo", "zoe", "ines"]
    histories = []
    for seed in range(4):
        mine = list(words)
        random.seed(seed)
        histories.append(train(mine, random_params(9, 0.15), 1, 0.1))
        if histories[0] is None:
            return {"nothing_returned"}
        if mine != words:
            return {"words_changed"}
    return {"not_shuffled"} if all(h == histories[0] for h in histories) else set()


@pytest.mark.parametrize("path", files(SOLUTIONS, "train", "right"))
def test_a_right_training_agrees_with_the_reference_where_order_cannot_matter(path):
    train = run_file(path, GIVEN)["train"]
    for case in TRAIN_CASES:
        history, params = run_train(train, *case)
        expected, trained_params = run_train(ref.train, *case)
        assert len(history) == case[1] and same(history, expected)
        assert all(same(params[name], trained_params[name]) for name in params)
    assert not train_signs(train)


@pytest.mark.parametrize("path", files(SOLUTIONS, "train", "wrong"))
def test_a_wrong_training_is_what_its_hypothesis_predicts(path, capsys):
    train, wrong = run_file(path, GIVEN)["train"], misconception(path, BY_EXERCISE)
    if wrong.hypothesis is None:
        assert train_signs(train) == {wrong.id}
        return
    shown = False
    for words, epochs, lr in TRAIN_CASES[: 1 if wrong.id in ORDER_MATTERS else 2]:
        history, params = run_train(train, words, epochs, lr)
        predicted, after = wrong.hypothesis(words, random_params(9, 0.15), epochs, lr)
        assert same(history, predicted) and all(same(params[name], after[name]) for name in params)
        expected, trained_params = run_train(ref.train, words, epochs, lr)
        shown |= not same(history, expected, 1e-4) or not same(params, trained_params, 1e-4)
    assert shown


def test_no_two_train_hypotheses_agree_on_both_cases():
    answers: dict[str, list] = {"right": [run_train(ref.train, *case) for case in TRAIN_CASES]}
    for m in BY_EXERCISE["train"]:
        if m.hypothesis:
            answers[m.id] = [
                m.hypothesis(words, random_params(9, 0.15), n, lr) for words, n, lr in TRAIN_CASES
            ]
    for (id_a, a), (id_b, b) in itertools.combinations(answers.items(), 2):
        alike = [same(x[0], y[0], 1e-4) and same(x[1], y[1], 1e-4) for x, y in zip(a, b, strict=True)]
        assert not all(alike), (id_a, id_b)


# --- generate --------------------------------------------------------------------------------


def maker(path: Path) -> Callable[[Stub], Callable]:
    def make(stub: Stub) -> Callable:
        model = {"forward_with_cache": lambda ids, params: (stub(ids, params), None)}
        return run_file(path, GIVEN, **model)["generate"]

    return make


@pytest.mark.parametrize("path", files(SOLUTIONS, "generate", "right"))
def test_a_right_sampler_has_the_right_law(path):
    check_right_sampler(maker(path), default_temperature=0.8)


@pytest.mark.parametrize("path", files(SOLUTIONS, "generate", "wrong"))
def test_a_wrong_sampler_has_the_law_that_its_hypothesis_predicts(path, capsys):
    check_wrong_sampler(maker(path), misconception(path, BY_EXERCISE))
