"""Lesson 5: reference, wrong references, library of solutions and notebook, checked against each other.

The pure-Python reference is checked against PyTorch. Then values decide: a right file of
`tests/solutions/lesson5_mini_llm` agrees with the reference, a wrong one does what its hypothesis
predicts, or shows the sign that a misconception without hypothesis is known by (and no right file
shows that sign). Each file runs in a namespace that holds what the notebook gives.
"""

import copy
import itertools
import math
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from scipy import stats

from reference.pure_python import mini_llm as ref
from reference.pure_python.wrong_generate import Draw, right_distribution
from reference.pure_python.wrong_mini_llm import BY_EXERCISE
from reference.pytorch import mini_llm as other
from reference.text import Misconception

SOLUTIONS = Path(__file__).parents[1] / "solutions" / "lesson5_mini_llm"
GIVEN = {name: value for name, value in vars(ref).items() if not name.startswith("__")}
WORDS = ["eva", "al", "maximilien", "bartholomee"]


def random_params(seed: int, scale: float = 0.3) -> dict[str, Any]:
    """Parameters whose every number is random, biases too."""
    rng = random.Random(seed)
    params: dict[str, Any] = {}
    for name, (rows, *columns) in ref.SHAPES.items():
        params[name] = [
            [rng.gauss(0, scale) for _ in range(columns[0])] if columns else rng.gauss(0, scale)
            for _ in range(rows)
        ]
    return params


def random_ids(seed: int, length: int) -> list[int]:
    """Ids of which some are there twice (from length 3 on)."""
    rng = random.Random(seed)
    ids = [rng.randrange(27) for _ in range(length)]
    return ids if length < 3 else [ids[1], *ids[1:]]


def flat(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [x for name in sorted(value) for x in flat(value[name])]
    return [x for part in value for x in flat(part)] if isinstance(value, (list, tuple)) else [value]


def same(a: Any, b: Any, tolerance: float = 1e-6) -> bool:
    """Same numbers, to a relative error of the whole."""
    x, y = flat(a), flat(b)
    return len(x) == len(y) and math.dist(x, y) <= tolerance * max(1e-12, math.hypot(*y))


def files(folder: Path, exercise: str, kind: str) -> list:
    found = sorted((folder / exercise / kind).glob("*.py"))
    return [pytest.param(path, id=path.stem) for path in found]


def run_file(path: Path, given: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Namespace after a solution cell with this source has run."""
    namespace = {**given, **more}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), namespace)
    return namespace


def misconception(path: Path, by_exercise: dict[str, tuple[Misconception, ...]]) -> Misconception:
    first, second = path.read_text(encoding="utf-8").splitlines()[:2]
    assert first.startswith("# misconception: ") and second.startswith("# why: ")
    wanted = first.removeprefix("# misconception: ")
    return next(m for m in by_exercise[path.parts[-3]] if m.id == wanted)


def check_library(folder: Path, by_exercise: dict[str, tuple[Misconception, ...]], exercise: str) -> None:
    right = [p.values[0] for p in files(folder, exercise, "right")]
    wrong = [p.values[0] for p in files(folder, exercise, "wrong")]
    assert len(right) >= 5 and len(wrong) >= 10
    assert all(path.read_text(encoding="utf-8").startswith("# style: ") for path in right)
    ids = [m.id for m in by_exercise[exercise]]
    assert len(ids) == len(set(ids))
    assert {misconception(path, by_exercise).id for path in wrong} == set(ids)


def check_text(m: Misconception) -> None:
    assert 30 < len(m.sentence.en) < 260 and 30 < len(m.sentence.fr) < 260
    assert m.sentence.en != m.sentence.fr
    assert (m.hypothesis is None) == bool(m.seen_by)


# --- the two worlds --------------------------------------------------------------------------


@pytest.mark.parametrize("length", range(1, 9))
def test_both_worlds_give_the_same_probabilities(length):
    for seed in range(4):
        params, ids = random_params(seed), random_ids(seed, length)
        assert same(
            ref.forward_llm(ids, params), other.forward_llm(ids, other.tensors(params)).tolist(), 1e-12
        )


@pytest.mark.parametrize("temperature", [0.05, 0.3, 1.0, 3.0, 20.0])
def test_both_worlds_apply_the_same_temperature(temperature):
    probs = [0.5, 0.3, 0.2, 0.0, 1e-12]
    expected = other.apply_temperature(torch.tensor(probs, dtype=torch.float64), temperature).tolist()
    assert same(ref.apply_temperature(probs, temperature), expected, 1e-12)


def test_both_worlds_have_the_same_loss():
    params = random_params(1)
    assert same(ref.mean_loss(WORDS, params), other.mean_loss(WORDS, other.tensors(params)).item(), 1e-12)


def test_the_machine_has_2832_parameters_and_starts_near_ln_27():
    random.seed(0)
    params = ref.init_params()
    assert len(flat(params)) == ref.count_parameters(27, 16, 8, 32) == 2832
    assert abs(ref.mean_loss(WORDS, params) - math.log(27)) < 0.2


def test_a_generated_text_keeps_its_beginning_and_leaves_its_leading_dot_out():
    random.seed(0)
    texts = [ref.generate(random_params(2), start=".em", max_len=4) for _ in range(20)]
    assert all(text.startswith("em") and len(text) <= 6 and "." not in text for text in texts)


# --- the library and the texts ---------------------------------------------------------------


@pytest.mark.parametrize("exercise", BY_EXERCISE)
def test_the_library_holds_enough_styles_and_a_wrong_file_for_each_misconception(exercise):
    check_library(SOLUTIONS, BY_EXERCISE, exercise)


@pytest.mark.parametrize("m", [m for ms in BY_EXERCISE.values() for m in ms], ids=lambda m: m.id)
def test_each_misconception_speaks_two_languages_and_says_how_it_is_seen(m):
    check_text(m)


# --- exercises whose values decide -----------------------------------------------------------

SIZES = [(27, 16, 8, 32), (5, 3, 4, 7), (31, 24, 10, 50)]
CONTEXTS = [(random_ids(n, n), random_params(10 + n)) for n in (3, 5, 7)]
LAWS = [
    ([0.5, 0.3, 0.2, 0.0], 4.0),
    ([0.1, 0.0, 0.65, 0.2, 0.05], 3),
    ([*[0.04] * 24, 0.04, 0.0, 0.0], 1.7),
    ([0.7, 0.3], 20.0),
    ([0.7, 0.3, 0.0], 0.05),
]
CASES: dict[str, tuple[Callable, list[tuple]]] = {
    "count_parameters": (ref.count_parameters, SIZES),
    "forward_llm": (
        ref.forward_llm,
        [*CONTEXTS, ([7], random_params(3)), (random_ids(8, 8), random_params(18))],
    ),
    "apply_temperature": (ref.apply_temperature, LAWS),
    "mean_loss": (ref.mean_loss, [(WORDS, random_params(4)), (["zoe"], random_params(5))]),
}
# How many of the first cases show every wrong idea.
SHOWING = {"count_parameters": slice(1, 3), "forward_llm": slice(0, 3)}
SHOWING |= {"apply_temperature": slice(0, 2), "mean_loss": slice(0, 1)}


def changes(function: Callable, arguments: tuple, which: int) -> bool:
    mine = copy.deepcopy(arguments)
    function(*mine)
    return mine[which] != arguments[which]


def crashes(function: Callable, arguments: tuple, error: type[Exception]) -> bool:
    try:
        function(*copy.deepcopy(arguments))
    except error:
        return True
    return False


VALUE_SIGNS: dict[str, dict[str, Callable[[Callable], bool]]] = {
    "count_parameters": {},
    "forward_llm": {"params_changed": lambda f: changes(f, CONTEXTS[0], 1)},
    "apply_temperature": {
        "zero_crashes": lambda f: crashes(f, LAWS[0], ValueError),
        "probs_changed": lambda f: changes(f, LAWS[3], 0),
    },
    "mean_loss": {},
}


def signs_of_values(exercise: str, function: Callable) -> set[str]:
    _, cases = CASES[exercise]
    quiet = cases[3] if exercise == "apply_temperature" else cases[0]  # no zero in it
    found = {"nothing_returned"} if function(*copy.deepcopy(quiet)) is None else set()
    return found | {key for key, sign in VALUE_SIGNS[exercise].items() if sign(function)}


@pytest.mark.parametrize("path", [p for e in CASES for p in files(SOLUTIONS, e, "right")])
def test_a_right_answer_agrees_with_the_reference_and_leaves_its_arguments_alone(path):
    exercise = path.parts[-3]
    function = run_file(path, GIVEN)[exercise]
    reference, cases = CASES[exercise]
    for arguments in cases:
        mine = copy.deepcopy(arguments)
        assert same(function(*mine), reference(*arguments))
        assert mine == arguments
        tuples = [tuple(a) if isinstance(a, list) else a for a in arguments]
        assert same(function(*tuples), reference(*arguments)), "tuples serve as lists"
    assert not signs_of_values(exercise, function)


@pytest.mark.parametrize("path", [p for e in CASES for p in files(SOLUTIONS, e, "wrong")])
def test_a_wrong_answer_is_what_its_hypothesis_predicts(path, capsys):
    exercise = path.parts[-3]
    function, wrong = run_file(path, GIVEN)[exercise], misconception(path, BY_EXERCISE)
    if wrong.hypothesis is None:
        assert signs_of_values(exercise, function) == {wrong.id}
        return
    reference, cases = CASES[exercise]
    for arguments in cases:
        assert same(function(*copy.deepcopy(arguments)), wrong.hypothesis(*arguments))
    for arguments in cases[SHOWING[exercise]]:
        assert not same(wrong.hypothesis(*arguments), reference(*arguments), 1e-4)


@pytest.mark.parametrize("exercise", CASES)
def test_no_two_hypotheses_agree(exercise):
    reference, cases = CASES[exercise]
    arguments = cases[SHOWING[exercise]][-1]
    answers = {m.id: m.hypothesis(*arguments) for m in BY_EXERCISE[exercise] if m.hypothesis}
    answers["right"] = reference(*arguments)
    for (id_a, a), (id_b, b) in itertools.combinations(answers.items(), 2):
        assert not same(a, b, 1e-4), (id_a, id_b)


# --- generate --------------------------------------------------------------------------------


class Stub:
    """Model of four letters (., a, b, c) whose law depends on all ids it is shown and their order."""

    def __init__(self, always: str = "", then: str = ""):
        self.laws: dict[tuple[int, ...], list[float]] = {}
        self.always, self.then = always, then  # the one letter it wants, and the one after a dot

    def law(self, ids: tuple[int, ...]) -> list[float]:
        if self.always:
            wanted = self.then if self.then and 0 in ids[1:] else self.always
            return [float(letter == wanted) for letter in ref.ALPHABET]
        if ids not in self.laws:
            rng = random.Random(repr(ids))
            weights = [0.05 + rng.random() ** 2 for _ in range(4)]
            self.laws[ids] = [w / sum(weights) for w in weights] + [0.0] * 23
        return self.laws[ids]

    def __call__(self, ids: Any, params: Any) -> list[float]:
        if not 1 <= len(ids) <= ref.CONTEXT:
            raise IndexError("1 to 8 ids, please")
        return list(self.law(tuple(ids)))


START = ".abcabcabca"
NEW = 2


def law_of_texts(stub: Stub, temperature: float, hypothesis: Callable) -> dict[str, float]:
    """Exact probability of each text that begins with START and has at most NEW drawn letters."""
    start = tuple(ref.char_to_id[c] for c in START)
    law: Counter[str] = Counter()

    def walk(ids: tuple[int, ...], p: float) -> None:
        if len(ids) == len(start) + NEW or ids[-1] == 0:
            law["".join(ref.ALPHABET[i] for i in ids if i)] += p
            return
        draw = Draw(ids, len(start), stub.law)
        for letter, q in enumerate(hypothesis(stub.law(ids[-8:]), temperature, draw)):
            if p * q > 1e-12:
                walk((*ids, letter), p * q)

    walk(start, 1.0)
    return law


def p_value(texts: list[str], law: dict[str, float]) -> float:
    """Chi-square test, rare texts pooled; 0 when an impossible text was seen."""
    seen, n = Counter(texts), len(texts)
    if set(seen) - set(law):
        return 0.0
    common = [text for text, p in law.items() if p * n >= 8]
    expected = [law[text] * n for text in common] + [n - sum(law[text] * n for text in common)]
    observed = [seen[text] for text in common] + [n - sum(seen[text] for text in common)]
    if expected[-1] < 1e-6:
        expected, observed = expected[:-1], observed[:-1]
    if len(expected) < 2:
        return 1.0
    scale = sum(observed) / sum(expected)
    return float(stats.chisquare(observed, [e * scale for e in expected]).pvalue)


def sample(generate: Callable, seed: int, count: int, **arguments: Any) -> list[str]:
    random.seed(seed)
    return [generate({}, **arguments) for _ in range(count)]


def signs_of(make: Callable[[Stub], Callable]) -> set[str]:
    """Ids of the misconceptions without hypothesis that this sampler shows."""
    stops = make(Stub(always=".", then="a"))({}, start=".ab", max_len=5)
    if stops is None:
        return {"nothing_returned"}
    if not isinstance(stops, str):
        return {"list_returned"}
    signs = {"leading_dot_kept"} if stops.startswith(".") else set()
    signs |= {"final_dot_kept"} if stops.endswith(".") else set()
    signs |= {"start_missing"} if not stops.lstrip(".").startswith("ab") else set()
    signs |= {"goes_on_after_dot"} if "a" in stops[3:] else set()
    talks = make(Stub(always="c"))({}, start=".ab", max_len=4).count("c")
    signs |= {"max_len_counts_start"} if talks < 4 else {"max_len_ignored"} if talks > 4 else set()
    generate = make(Stub())
    try:
        texts = {sample(generate, seed, 1, start=START, max_len=20)[0] for seed in range(12)}
    except IndexError:
        return signs | {"context_not_cut"}
    signs |= {"reseeded"} if len(texts) == 1 else set()
    again = {sample(generate, 3, 1, start=".ab", max_len=6)[0] for _ in range(12)}
    return signs | ({"other_generator"} if len(again) > 1 else set())


def check_right_sampler(make: Callable[[Stub], Callable], default_temperature: float) -> None:
    stub = Stub()
    generate = make(stub)
    for temperature in (0.5, 2.0):
        law = law_of_texts(stub, temperature, right_distribution)
        texts = sample(generate, 11, 1500, start=START, temperature=temperature, max_len=NEW)
        assert p_value(texts, law) > 1e-4
    law = law_of_texts(stub, default_temperature, right_distribution)
    assert p_value(sample(generate, 12, 1500, start=START, max_len=NEW), law) > 1e-4
    assert generate({}, start=".ab", max_len=0) == "ab"
    assert not signs_of(make)


def check_wrong_sampler(make: Callable[[Stub], Callable], wrong: Misconception) -> None:
    if wrong.hypothesis is None:
        assert signs_of(make) == {wrong.id}
        return
    stub = Stub()
    texts = sample(make(stub), 13, 1500, start=START, temperature=0.5, max_len=NEW)
    assert p_value(texts, law_of_texts(stub, 0.5, wrong.hypothesis)) > 1e-4
    assert p_value(texts, law_of_texts(stub, 0.5, right_distribution)) < 1e-6


def maker(path: Path) -> Callable[[Stub], Callable]:
    return lambda stub: run_file(path, GIVEN, forward_llm=stub)["generate"]


@pytest.mark.parametrize("path", files(SOLUTIONS, "generate", "right"))
def test_a_right_sampler_has_the_right_law(path):
    check_right_sampler(maker(path), default_temperature=1.0)


@pytest.mark.parametrize("path", files(SOLUTIONS, "generate", "wrong"))
def test_a_wrong_sampler_has_the_law_that_its_hypothesis_predicts(path, capsys):
    check_wrong_sampler(maker(path), misconception(path, BY_EXERCISE))


def test_no_two_laws_agree():
    stub = Stub()
    laws = {m.id: m.hypothesis for m in BY_EXERCISE["generate"] if m.hypothesis} | {
        "right": right_distribution
    }
    exact = {key: law_of_texts(stub, 0.5, hypothesis) for key, hypothesis in laws.items()}
    for a, b in itertools.combinations(exact, 2):
        distance = sum(
            abs(exact[a].get(t, 0) - exact[b].get(t, 0)) for t in exact[a].keys() | exact[b].keys()
        )
        assert distance > 0.05, (a, b)
