"""Lesson 3's random functions: `make_embeddings` and `generate` follow the law they should.

Right answers are judged by the right law, wrong ones by the law of their hypothesis, or by the sign
of a misconception without hypothesis. Seeds are fixed, so nothing here is left to luck.
"""

import copy
import math
import random

import pytest
from lesson_library import Lesson
from scipy import stats

from reference.pure_python import embeddings as lesson
from reference.pure_python.wrong_embeddings import BY_EXERCISE, normal
from reference.pure_python.wrong_embeddings_sampler import law as right_law

POINTS = {"make_embeddings": 1, "generate": 3}
CONSTANTS = ["ALPHABET", "char_to_id", "id_to_char", "VOCAB_SIZE", "EMBED_DIM", "CONTEXT_SIZE"]
GIVEN = {name: getattr(lesson, name) for name in [*CONSTANTS, *BY_EXERCISE]} | {
    "math": math,
    "random": random,
}
LESSON = Lesson("lesson3_embeddings", "embeddings", POINTS, GIVEN, BY_EXERCISE)


def vector(n: int, scale: float = 1.0) -> list[float]:
    return [random.gauss(0.0, scale) for _ in range(n)]


def matrix(rows: int, columns: int, scale: float = 1.0) -> list[list[float]]:
    return [vector(columns, scale) for _ in range(rows)]


# ---------------------------------------------------------------------------------------------
# make_embeddings: one entry's law, and signs

STD = 3.0


def distance(numbers: list[float], law) -> float:
    """Kolmogorov's distance, on a grid that avoids the steps of laws that have some."""
    grid = [0.0137 + 0.2 * k for k in range(-60, 60)]
    return max(abs(sum(x <= t for x in numbers) / len(numbers) - law(t, STD)) for t in grid)


def embedding_signs(make) -> set[str]:
    random.seed(5)
    table = make(5, 3, std=STD)
    if table is None:
        return {"nothing_returned"}
    if not all(isinstance(row, list | tuple) for row in table):
        return {"flat_list"}
    signs = {"sizes_swapped"} if (len(table), len(table[0])) == (3, 5) else set()
    signs |= {"one_row_repeated"} if list(table[0]) == list(table[1]) else set()
    signs |= {"one_number_for_a_row"} if len(set(table[0])) == 1 else set()
    random.seed(6)
    return signs | ({"reseeded"} if make(5, 3, std=STD) == table else set())


@pytest.mark.parametrize(("exercise", "answer"), LESSON.rights("make_embeddings"))
def test_right_embeddings_are_independent_rows_of_normal_numbers(exercise, answer):
    make = LESSON.function(exercise, answer)
    random.seed(4)
    table = make(100, 60, std=STD)
    assert [len(row) for row in table] == [60] * 100
    assert distance([x for row in table for x in row], normal) < 0.035
    assert embedding_signs(make) == set()
    random.seed(4)
    assert make(100, 60, std=STD) == table
    default = [x for row in make(50, 50) for x in row]
    assert 0.46 < math.sqrt(sum(x * x for x in default) / 2500) < 0.54


@pytest.mark.parametrize(("exercise", "answer"), LESSON.wrongs("make_embeddings"))
def test_wrong_embeddings_follow_their_hypothesis(exercise, answer):
    make, wrong = LESSON.function(exercise, answer), LESSON.misconception(exercise, answer)
    if wrong.hypothesis is None:
        assert embedding_signs(make) == {wrong.id}
        return
    random.seed(4)
    numbers = [x for row in make(100, 60, std=STD) for x in row]
    assert distance(numbers, wrong.hypothesis) < 0.035
    assert distance(numbers, normal) > 0.06


# ---------------------------------------------------------------------------------------------
# generate


def small_model(seed: int):
    """A model of two numbers a letter that writes with ".", "a", "b" and "c" only."""
    random.seed(seed)
    b = [4.0, 3.0, 3.0, 3.0] + [-60.0] * 23
    return matrix(27, 2), matrix(6, 27, 0.8), b


def law_of_names(model, max_len: int, hypothesis) -> dict[str, float]:
    """Exact probability of each name of at most `max_len` letters."""
    found: dict[str, float] = {}

    def walk(text: str, p: float) -> None:
        if len(text) == max_len:
            found[text] = found.get(text, 0.0) + p
            return
        for j, q in enumerate(hypothesis(text, *model)):
            if p * q > 1e-9:
                if j == 0:
                    found[text] = found.get(text, 0.0) + p * q
                else:
                    walk(text + lesson.ALPHABET[j], p * q)

    walk("", 1.0)
    return found


def p_value(names: list[str], expected: dict[str, float]) -> float:
    """Chi-square test, rare names pooled; 0 when an impossible name was seen."""
    if set(names) - set(expected):
        return 0.0
    common = [name for name, p in expected.items() if p * len(names) >= 8]
    f_exp = [expected[name] * len(names) for name in common]
    f_obs = [names.count(name) for name in common]
    if len(common) < len(expected):
        f_exp.append(max(1e-6, len(names) - sum(f_exp)))
        f_obs.append(len(names) - sum(f_obs))
    scale = sum(f_obs) / sum(f_exp)
    return 1.0 if len(f_exp) < 2 else float(stats.chisquare(f_obs, [scale * e for e in f_exp]).pvalue)


def sample(generate, model, seed: int, count: int, max_len: int) -> list[str]:
    random.seed(seed)
    return [generate(*model, max_len) for _ in range(count)]


def generate_signs(generate) -> set[str]:
    endless = (matrix(27, 2), matrix(6, 27, 0.1), [-60.0] + [0.0] * 26)
    (name,) = sample(generate, endless, 1, 1, 6)
    if name is None:
        return {"nothing_returned"}
    if not isinstance(name, str):
        return {"list_returned"}
    if "." in name:
        return {"dots_in_text"}
    signs = {"max_len_ignored"} if len(name) > 6 else set()
    signs |= {"one_letter_short"} if len(name) == 5 else set()
    # The dot is certain after exactly two letters, when the window is (".", letter, letter).
    rows = [[1.0, 0.0]] + [[0.0, 1.0]] * 26  # (dot?, letter?)
    W = [[0.0] * 27 for _ in range(6)]
    W[0][0] = W[3][0] = 100.0
    (stopped,) = sample(generate, (rows, W, [-150.0] + [0.0] * 26), 1, 1, 6)
    signs |= {"goes_on_after_dot"} if len(stopped) > 2 and len(name) == 6 else set()
    signs |= {"reseeded"} if len({sample(generate, endless, s, 1, 6)[0] for s in range(9)}) == 1 else set()
    again = {sample(generate, endless, 3, 1, 6)[0] for _ in range(5)}
    return signs | ({"other_generator"} if len(again) > 1 else set())


def test_a_hypothesis_answers_for_every_model_even_one_whose_scores_are_all_negative():
    random.seed(3)
    for m in BY_EXERCISE["generate"]:
        if m.hypothesis:
            probs = m.hypothesis("ab", matrix(27, 2), [[0.0] * 27 for _ in range(6)], [-1.0] * 27)
            assert len(probs) == 27 and all(0.0 <= p <= 1.0 for p in probs), m.id


@pytest.mark.parametrize(("exercise", "answer"), LESSON.rights("generate"))
def test_a_right_generator_follows_the_model(exercise, answer):
    generate = LESSON.function(exercise, answer)
    for seed in (1, 2):
        model = small_model(seed)
        before = copy.deepcopy(model)
        names = sample(generate, model, 11, 400, 3)
        assert p_value(names, law_of_names(model, 3, right_law)) > 1e-6
        assert model == before
    assert isinstance(generate(*model), str) and len(generate(*model)) <= 20
    assert generate(*model, 0) == ""
    assert generate_signs(generate) == set()


@pytest.mark.parametrize(("exercise", "answer"), LESSON.wrongs("generate"))
def test_a_wrong_generator_is_what_its_hypothesis_predicts(exercise, answer):
    generate, wrong = LESSON.function(exercise, answer), LESSON.misconception(exercise, answer)
    if wrong.hypothesis is None:
        assert generate_signs(generate) == {wrong.id}
        return
    worst = 1.0
    for seed in (1, 2):
        model = small_model(seed)
        names = sample(generate, model, 12, 400, 3)
        assert p_value(names, law_of_names(model, 3, wrong.hypothesis)) > 1e-6
        worst = min(worst, p_value(names, law_of_names(model, 3, right_law)))
    assert worst < 1e-9
