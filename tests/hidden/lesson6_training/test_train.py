"""train: shuffles a copy of the words each epoch, one update per position, the mean loss of each epoch.

The order of the words is the student's to draw.  So values are judged where it cannot matter (words
that are all alike, steps of length zero) or against every order that is possible.
"""

import itertools
import math
from dataclasses import dataclass
from typing import Any

import pytest

from grader.bridge import StudentError
from grader.checks import fail
from grader.checks.carried import carried
from grader.checks.diagnose import named
from grader.checks.evidence import curve
from grader.checks.letter_model import random_params
from grader.checks.name_writer import same_params
from grader.checks.numbers import described, first_difference, is_list, is_number, same, shape
from reference.pure_python import mini_llm, training
from reference.pure_python.mini_llm import SHAPES
from reference.pure_python.wrong_training import ORDER_MATTERS, TRAIN, trained

pytestmark = pytest.mark.exercise(
    "train",
    relies_on={
        "forward_with_cache": carried(training.forward_with_cache),
        "backward": carried(training.backward),
        "sgd_update": carried(training.sgd_update),
    },
)

SECONDS = 120.0  # wall time of one training
STD = 0.15  # of the parameters: uphill, the loss soon overflows otherwise


@dataclass
class Run:
    """One training: what it was given, what came back, what was there afterwards."""

    call: str
    given: tuple[list[str], dict[str, Any], int, float]
    history: Any
    type_name: str
    words: Any
    params: Any


@pytest.fixture
def train(learner, seen, rng):
    """Function that trains in the student's kernel: ``train(words, epochs, lr)``."""

    def run(words, epochs, lr, params=None, seed=None):
        params = random_params(rng, SHAPES, STD) if params is None else params
        held, book = learner.place(params), learner.place(words)
        call = f"train({words}, params, {epochs}, {lr})"
        seed = rng.randrange(1 << 31) if seed is None else seed
        try:
            answer = learner.calls("train", [((book, held, epochs, lr), {})], seed=seed, seconds=SECONDS)[0]
        except StudentError as error:
            error.call = call
            raise
        return Run(
            call,
            (words, params, epochs, lr),
            answer.value,
            answer.type_name,
            seen(book),
            seen(held),
        )

    return run


@pytest.fixture
def word(rng):
    """Function that draws a word of n letters."""
    return lambda n: "".join(rng.choices(mini_llm.ALPHABET[1:], k=n))


def alike(train, word):
    """A training on words that are all alike."""
    return train([word(3)] * 2, 2, 0.02)


def standing_still(train, word):
    """A training with steps of length zero, on words of different lengths."""
    return train([word(2), word(11), word(3)], 2, 0.0)


def cause(first, second):
    """The misconception that predicts both trainings; some need words that are all alike."""
    for misconception in TRAIN:
        if not misconception.hypothesis:
            continue
        runs = [first] if misconception.id in ORDER_MATTERS else [first, second]
        if all(predicted(misconception, run) for run in runs):
            return misconception
    return None


def predicted(misconception, run):
    """Whether a hypothesis gives what was seen."""
    try:
        history, params = misconception.hypothesis(*run.given)
    except (ArithmeticError, ValueError):
        return False
    return same(run.history, history, 1e-5) and same_params(run.params, params, 1e-5)


def because(train, word, run, still):
    """The likely cause, as the last arguments of `fail`; the trainings that are missing are made."""
    try:
        found = cause(run or alike(train, word), still or standing_still(train, word))
    except StudentError:
        return None, None
    return (found.id, found.sentence) if found else (None, None)


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Une liste d'autant de nombres que d'époques")
def test_list(train, word):
    """A list of as many numbers as there are epochs"""
    run = alike(train, word)
    if not is_list(run.history) or len(run.history) != 2 or not all(map(is_number, run.history)):
        en, fr = described(run.history, run.type_name)
        nothing = named(TRAIN, "nothing_returned")
        fail(
            f"`{run.call}` returned {en}; a list of 2 numbers was expected.",
            f"`{run.call}` a renvoyé {fr} ; on attendait une liste de 2 nombres.",
            *((nothing.id, nothing.sentence) if run.history is None else because(train, word, run, None)),
        )


@pytest.mark.points(0.5)
@pytest.mark.vacuous
@pytest.mark.title(fr="La liste des mots reste comme elle était")
def test_words(train, word):
    """The list of words stays as it was"""
    for _ in range(3):
        run = train([word(2) for _ in range(5)], 1, 0.01)
        if run.words != run.given[0]:
            changed = named(TRAIN, "words_changed")
            fail(
                f"After `{run.call}`, the list is {run.words}.",
                f"Après `{run.call}`, la liste est {run.words}.",
                changed.id,
                changed.sentence,
            )


@pytest.mark.points(1)
@pytest.mark.title(fr="La moyenne des pertes de toutes les devinettes")
def test_mean(train, word):
    """The mean of the losses of all positions"""
    run = standing_still(train, word)
    expected, _ = trained(*run.given)
    if not same(run.history, expected):
        tell_losses(run, expected, because(train, word, None, run))


@pytest.mark.points(1)
@pytest.mark.title(fr="Une mise à jour après chaque devinette ; la perte d'avant")
def test_updates(train, word):
    """One update after each position; the loss from before it"""
    run = alike(train, word)
    expected, params = trained(*run.given)
    if not same(run.history, expected):
        tell_losses(run, expected, because(train, word, run, None))
    if type(run.params) is not dict:
        fail(
            f"After `{run.call}`, `params` is no dict.",
            f"Après `{run.call}`, `params` n'est plus un dictionnaire.",
        )
    for name, value in params.items():
        seen = run.params.get(name)
        if same(seen, value):
            continue
        where, was, should = ("", described(seen)[0], "") if shape(seen) != shape(value) else ("", "", "")
        if not was:
            where, was, should = first_difference(seen, value)
        fail(
            f"After `{run.call}`, `params[{name!r}]{where}` is {was}; {should} was expected.",
            f"Après `{run.call}`, `params[{name!r}]{where}` vaut {was} ; on attendait {should}.",
            *because(train, word, run, None),
        )


def tell_losses(run, expected, why):
    """Fail with the losses that were returned beside the right ones."""
    if shape(run.history) == shape(expected):
        where, was, should = first_difference(run.history, expected)
        fail(
            f"`{run.call}`{where} is {was}; {should} was expected.",
            f"`{run.call}`{where} vaut {was} ; on attendait {should}.",
            *why,
        )
    en, fr = described(run.history, run.type_name)
    fail(
        f"`{run.call}` returned {en}; {described(expected)[0]} was expected.",
        f"`{run.call}` a renvoyé {fr} ; on attendait {described(expected)[1]}.",
        *why,
    )


SEEDS = 11  # of two epochs, so 22 orders of three words; chance fails a right answer 3 times in 10^7 (`kind_of_order`)


def losses_by_order(words, params, lr):
    """The losses of two epochs for each pair of orders; None where two pairs are hard to tell apart."""
    possible = {}
    for first in itertools.permutations(words):
        losses, after = trained(list(first), params, 1, lr)
        for second in itertools.permutations(words):
            possible[first, second] = [*losses, *trained(list(second), after, 1, lr)[0]]
    alike = any(same(a, b, 1e-5) for a, b in itertools.combinations(possible.values(), 2))
    return None if alike else possible


def kind_of_order(words, seen):
    """What the orders have in common that a shuffle would not leave, in both languages; None where nothing.

    By chance, with 11 pairs: the first, or the second orders all alike, 6^-10 each; a word that stays where it is,
    3 * 3^-21; no order but the rotations of the list, 2^-22; no more than two orders, 15 * 3^-22.  Together 3e-7.
    """
    orders = [order for pair in seen for order in pair]
    for n, (en, fr) in enumerate((("first", "première"), ("second", "deuxième"))):
        if len({pair[n] for pair in seen}) == 1:
            always = list(seen[0][n])
            return (
                f"the {en} epoch always took the order {always}",
                f"la {fr} époque a toujours pris l'ordre {always}",
            )
    for place in range(len(words)):
        if len({order[place] for order in orders}) == 1:
            word = orders[0][place]
            return f"{word!r} always had the same place", f"{word!r} était toujours à la même place"
    if len(set(orders)) < 3 or set(orders) <= {words[n:] + words[:n] for n in range(len(words))}:
        only = sorted(map(list, set(orders)))
        return f"only the orders {only} occurred", f"on n'a vu que les ordres {only}"
    return None


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Les mots viennent dans un nouvel ordre à chaque époque")
def test_order(train, word, rng):
    """The words come in a new order at each epoch"""
    lr, possible = 0.1, None
    while possible is None:
        words, params = rng.sample(mini_llm.ALPHABET[1:], 3), random_params(rng, SHAPES, STD)
        possible = losses_by_order(words, params, lr)
    seeds = [rng.randrange(1 << 31) for _ in range(SEEDS)]
    seen, runs = [], [train(words, 2, lr, params, seed) for seed in [*seeds, seeds[0]]]
    for run in runs:
        order = next((o for o, losses in possible.items() if same(run.history, losses)), None)
        if order is None:
            fail(
                f"`{run.call}` returned losses that no order of the words gives.",
                f"`{run.call}` a renvoyé des pertes qu'aucun ordre des mots ne donne.",
                *because(train, word, None, None),
            )
        seen.append(order)
    if len(set(seen)) == 1:
        always = named(TRAIN, "not_shuffled")
        fail(
            f"Training {len(seen)} times on {words} always took the order {list(seen[0][0])}.",
            f"Sur {len(seen)} entraînements avec {words}, l'ordre était toujours {list(seen[0][0])}.",
            always.id,
            always.sentence,
        )
    kind = kind_of_order(tuple(words), seen[:SEEDS])
    if kind:
        fail(
            f"Training {SEEDS} times on {words}, {kind[0]}: shuffle all the words at the beginning of each epoch.",
            f"Sur {SEEDS} entraînements avec {words}, {kind[1]} : mélangez tous les mots au début de chaque époque.",
        )
    if all(first == second for first, second in seen):
        fail(
            "Both epochs take the words in the same order: shuffle at the beginning of each epoch.",
            "Les deux époques prennent les mots dans le même ordre : mélangez au début de chaque époque.",
        )
    if seen[0] != seen[-1]:
        fail(
            "After the same `random.seed`, the words came in another order: shuffle with the module `random`.",
            "Après le même `random.seed`, les mots sont venus dans un autre ordre : mélangez avec le module `random`.",
        )


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Le modèle apprend : vos paramètres entraînés ont une perte bien plus basse")
def test_learning(train, word, rng):
    """The model learns: your trained parameters have a much lower loss"""
    syllables = ["".join(rng.sample(mini_llm.ALPHABET[1:], 2)) for _ in range(2)]
    words = ["".join(pair) for pair in itertools.product(syllables, repeat=2)]
    run = train(words, 8, 0.05)
    after = None
    if type(run.params) is dict and all(shape(run.params.get(n)) == sizes for n, sizes in SHAPES.items()):
        try:
            after = mini_llm.mean_loss(words, run.params)
        except (ArithmeticError, ValueError):  # the numbers have run away
            after = math.inf
    before = mini_llm.mean_loss(words, run.given[1])
    if after is None or not after < 0.6 * before:
        shown = "?" if after is None else f"{after:.2f}"
        fail(
            f"`{run.call}` took the parameters from a loss of {before:.2f} to {shown}, measured here; less than "
            f"{0.6 * before:.2f} was expected.",
            f"`{run.call}` a mené les paramètres d'une perte de {before:.2f} à {shown}, mesurée ici ; on attendait moins "
            f"de {0.6 * before:.2f}.",
            *because(train, word, None, None),
            curve([before, after], goal=0.6 * before) if after is not None and math.isfinite(after) else None,
        )
