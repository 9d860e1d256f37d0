"""backward: the gradient of -log probs[target], together with the student's own forward pass.

The way back is judged in the order in which it is written, from the projection to the embeddings;
the whole dict of gradients, on several inputs, tells the cause.
"""

import pytest

from grader.checks import fail
from grader.checks.carried import carried
from grader.checks.diagnose import named
from grader.checks.name_writer import same_params
from grader.checks.numbers import described, first_difference, same, shape
from reference.pure_python import training
from reference.pure_python.mini_llm import SHAPES, VOCAB_SIZE
from reference.pure_python.wrong_training import BACKWARD

FORWARD = carried(training.forward_with_cache)
pytestmark = pytest.mark.exercise("backward", relies_on={"forward_with_cache": FORWARD})

CALL = "backward(cache, probs, target, params)"


def tell(en, fr, name=None):
    """Fail, with a misconception by name."""
    cause = named(BACKWARD, name) if name else None
    fail(en, fr, cause and cause.id, cause and cause.sentence)


def require_gradients(grads, answer):
    """Fail unless this is a dict with the keys and shapes of the parameters."""
    if type(grads) is not dict:
        en, fr = described(grads, answer.type_name)
        tell(
            f"`{CALL}` returned {en}; a dict of gradients was expected.",
            f"`{CALL}` a renvoyé {fr} ; on attendait un dictionnaire de gradients.",
            "nothing_returned" if grads is None else None,
        )
    if set(grads) != set(SHAPES):
        missing = sorted(set(SHAPES) - set(grads))
        strange = sorted(map(str, set(grads) - set(SHAPES)))[:3]
        tell(
            f"The gradients should have the keys of `params`: missing {missing}, too many {strange}.",
            f"Les gradients doivent avoir les clés de `params` : il manque {missing}, en trop {strange}.",
        )
    for name, expected in SHAPES.items():
        if shape(grads[name]) != expected:
            en, fr = described(grads[name])
            tell(
                f"`grads[{name!r}]` is {en}; the shape of `params[{name!r}]` was expected, {expected}.",
                f"`grads[{name!r}]` est {fr} ; on attendait la forme de `params[{name!r}]`, {expected}.",
            )
    return grads


@pytest.mark.points(1)
@pytest.mark.title(fr="Un dictionnaire qui a les clés et les formes de params")
def test_shapes(model, contexts, rng):
    """A dict with the keys and shapes of params"""
    placed = model()
    for ids in (contexts[0], contexts[2], contexts[7]):
        answer = placed.gradients(ids, rng.randrange(VOCAB_SIZE))
        require_gradients(answer.value, answer)


@pytest.mark.points(0.5)
@pytest.mark.vacuous
@pytest.mark.title(fr="backward ne fait que mesurer : params et probs restent comme ils étaient")
def test_arguments(model, contexts, rng):
    """backward only measures: params and probs stay as they were"""
    placed = model()
    for ids in contexts[1:4]:
        probs, cache = placed.pair(ids)
        before = placed.value(probs)
        placed.backward(cache, probs, rng.randrange(VOCAB_SIZE))
        if not same_params(placed.now(), placed.params):
            tell(f"`{CALL}` changed `params`.", f"`{CALL}` a modifié `params`.", "params_changed")
        if not same(placed.value(probs), before, 0.0):
            tell(
                f"`{CALL}` changed `probs`: work on a copy, `list(probs)`.",
                f"`{CALL}` a modifié `probs` : travaillez sur une copie, `list(probs)`.",
            )


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Le même appel donne deux fois la même réponse")
def test_again(model, contexts, rng):
    """The same call gives the same answer twice"""
    placed, target = model(), rng.randrange(VOCAB_SIZE)
    # The first answer is copied on its way here, so that it cannot change afterwards.
    first, again = (placed.gradients(contexts[3], target) for _ in range(2))
    require_gradients(first.value, first)
    require_gradients(again.value, again)
    if not same_params(again.value, first.value, 1e-9):
        tell(
            f"`{CALL}`, called a second time with the same values, gives other gradients.",
            f"`{CALL}`, appelé une deuxième fois avec les mêmes valeurs, donne d'autres gradients.",
            "grads_kept_between_calls",
        )


@pytest.mark.points(1)
@pytest.mark.title(fr="Étapes 1 et 2 : softmax, perte et projection (W_out)")
def test_projection(model, contexts, rng):
    """Stages 1 and 2: softmax, loss and projection (W_out)"""
    judge(model(), contexts, rng, "W_out")


@pytest.mark.points(1.5)
@pytest.mark.title(fr="Étapes 3 à 5 : le MLP (b2, W2, b1, W1)")
def test_mlp(model, contexts, rng):
    """Stages 3 to 5: the MLP (b2, W2, b1, W1)"""
    judge(model(), contexts, rng, "b2", "W2", "b1", "W1")


@pytest.mark.points(2)
@pytest.mark.title(fr="Étape 6 : l'attention (Wq, Wk, Wv)")
def test_attention(model, contexts, rng):
    """Stage 6: the attention (Wq, Wk, Wv)"""
    judge(model(), contexts, rng, "Wq", "Wk", "Wv")


@pytest.mark.points(1.5)
@pytest.mark.title(fr="Étape 7 : les embeddings ; une lettre répétée, les lignes inutilisées")
def test_embeddings(model, contexts, rng):
    """Stage 7: the embeddings; a repeated letter, rows that are not used"""
    judge(model(), [*contexts, [contexts[4][0]] * 5], rng, "pos_emb", "tok_emb")


def judge(placed, contexts, rng, *names):
    """Fail at the first gradient among those named that differs from the reference's."""
    cases = [(ids, ids[0] if n == 4 else rng.randrange(VOCAB_SIZE)) for n, ids in enumerate(contexts)]
    for ids, target in cases:
        answer, expected = placed.gradients(ids, target), right(ids, target, placed.params)
        grads = require_gradients(answer.value, answer)
        for name in names:
            if same(grads[name], expected[name]):
                continue
            where, was, should = first_difference(grads[name], expected[name])
            found = cause(placed, [case for case in cases if len(case[0]) in (3, 5, 8)])
            fail(
                f"After ids {ids}, target {target}, the gradient of `{name}{where}` is {was}; {should} was expected.",
                f"Après les numéros {ids}, cible {target}, le gradient de `{name}{where}` vaut {was} ; on attendait "
                f"{should}.",
                found and found.id,
                found and found.sentence,
            )


def right(ids, target, params):
    """The reference's gradients."""
    probs, cache = training.forward_with_cache(ids, params)
    return training.backward(cache, probs, target, params)


def cause(placed, cases):
    """The misconception that predicts every gradient after these ids."""
    seen = [placed.gradients(ids, target).value for ids, target in cases]
    for misconception in BACKWARD:
        hypothesis = misconception.hypothesis
        if hypothesis and all(
            same_params(s, hypothesis(ids, target, placed.params), 1e-5)
            for s, (ids, target) in zip(seen, cases, strict=True)
        ):
            return misconception
    return None
