"""The misconceptions of lesson 3 about one step of learning, likeliest first.

    SGD_STEP   hypothesis(context, target, W, b, lr) -> (loss returned, W after, b after)

No hypothesis changes its arguments: what a student does in place comes back as new lists.
"""

import math
from collections.abc import Callable
from typing import Any

from reference.pure_python.embeddings import Matrix, Vector, forward, sgd_step, softmax
from reference.pure_python.nothing_returned import NOTHING
from reference.text import Misconception, Text

# ---------------------------------------------------------------------------------------------
# sgd_step

Step = tuple[Any, list[list[float]], list[float]]


def _right_step(context: Vector, target: int, W: Matrix, b: Vector, lr: float) -> Step:
    new_W, new_b = [list(row) for row in W], list(b)
    return sgd_step(context, target, new_W, new_b, lr), new_W, new_b


def _loss(context: Vector, target: int, W: Matrix, b: Vector) -> float:
    return -math.log(softmax(forward(context, W, b))[target])


def _errors(context: Vector, target: int, W: Matrix, b: Vector) -> list[float]:
    return [p - (j == target) for j, p in enumerate(softmax(forward(context, W, b)))]


def _moved(context: Vector, W: Matrix, b: Vector, lr: float, error: Vector) -> tuple[list, list]:
    new_W = [
        [w - lr * x * e for w, e in zip(row, error, strict=True)] for x, row in zip(context, W, strict=True)
    ]
    return new_W, [bias - lr * e for bias, e in zip(b, error, strict=True)]


def _step_with(errors: Callable[..., Vector]) -> Callable[..., Step]:
    """A step whose loss is right and whose error is `errors(context, target, W, b)`."""

    def step(context: Vector, target: int, W: Matrix, b: Vector, lr: float) -> Step:
        error = errors(context, target, W, b)
        return _loss(context, target, W, b), *_moved(context, W, b, lr, error)

    return step


def _step_returning(value: Callable[[float], Any]) -> Callable[..., Step]:
    """A right step that returns `value(probability of the target)`."""

    def step(context: Vector, target: int, W: Matrix, b: Vector, lr: float) -> Step:
        loss, new_W, new_b = _right_step(context, target, W, b, lr)
        return value(math.exp(-loss)), new_W, new_b

    return step


def _loss_after(context: Vector, target: int, W: Matrix, b: Vector, lr: float) -> Step:
    _, new_W, new_b = _right_step(context, target, W, b, lr)
    return _loss(context, target, new_W, new_b), new_W, new_b


def _context_ignored(context: Vector, target: int, W: Matrix, b: Vector, lr: float) -> Step:
    error = _errors(context, target, W, b)
    new_W, new_b = _moved([1.0] * len(context), W, b, lr, error)
    return _loss(context, target, W, b), new_W, new_b


def _bias_kept(context: Vector, target: int, W: Matrix, b: Vector, lr: float) -> Step:
    loss, new_W, _ = _right_step(context, target, W, b, lr)
    return loss, new_W, list(b)


def _weights_kept(context: Vector, target: int, W: Matrix, b: Vector, lr: float) -> Step:
    loss, _, new_b = _right_step(context, target, W, b, lr)
    return loss, [list(row) for row in W], new_b


def _nothing_kept(context: Vector, target: int, W: Matrix, b: Vector, lr: float) -> Step:
    return _loss(context, target, W, b), [list(row) for row in W], list(b)


SGD_STEP: tuple[Misconception, ...] = (
    Misconception(
        "climbs",
        Text(
            "The step goes uphill: the right letter becomes less likely. Look at the sign, of the update or of "
            "the error (probability minus truth).",
            "Le pas monte la pente : la bonne lettre devient moins probable. Regardez le signe, celui de la mise "
            "à jour ou celui de l'erreur (probabilité moins vérité).",
        ),
        _step_with(lambda context, target, W, b: [-e for e in _errors(context, target, W, b)]),
    ),
    Misconception(
        "truth_missing",
        Text(
            "The error is the probability alone: 1 is not taken off at the right letter, so all scores go down.",
            "L'erreur est la probabilité seule : 1 n'est pas retiré à la bonne lettre, donc tous les scores "
            "baissent.",
        ),
        _step_with(lambda context, target, W, b: softmax(forward(context, W, b))),
    ),
    Misconception(
        "target_only",
        Text(
            "Only the right letter's column changes. The other letters were wrong too: they must go down.",
            "Seule la colonne de la bonne lettre change. Les autres lettres se trompaient aussi : "
            "elles doivent baisser.",
        ),
        _step_with(
            lambda context, target, W, b: [
                e if j == target else 0.0 for j, e in enumerate(_errors(context, target, W, b))
            ]
        ),
    ),
    Misconception(
        "softmax_missing",
        Text(
            "The error is computed from the scores. It takes probabilities: call softmax first.",
            "L'erreur est calculée avec les scores. Il faut des probabilités : appelez softmax d'abord.",
        ),
        _step_with(
            lambda context, target, W, b: [s - (j == target) for j, s in enumerate(forward(context, W, b))]
        ),
    ),
    Misconception(
        "bias_kept",
        Text(
            "W learns, `b` does not. The bias moves too: `b[j] -= lr * error`.",
            "W apprend, `b` non. Le biais bouge aussi : `b[j] -= lr * erreur`.",
        ),
        _bias_kept,
    ),
    Misconception(
        "weights_kept",
        Text(
            "`b` learns, W does not. Each weight moves too: `W[i][j] -= lr * context[i] * error`.",
            "`b` apprend, W non. Chaque poids bouge aussi : `W[i][j] -= lr * context[i] * erreur`.",
        ),
        _weights_kept,
    ),
    Misconception(
        "context_ignored",
        Text(
            "Each weight moves by lr * error, whatever it multiplied. The factor `context[i]` is missing.",
            "Chaque poids bouge de lr * erreur, quel que soit le nombre qu'il multipliait. "
            "Il manque le facteur `context[i]`.",
        ),
        _context_ignored,
    ),
    Misconception(
        "lr_ignored",
        Text(
            "The step is as long as the error, whatever `lr` is. Multiply by `lr`.",
            "Le pas est aussi long que l'erreur, quel que soit `lr`. Multipliez par `lr`.",
        ),
        lambda context, target, W, b, lr: _right_step(context, target, W, b, 1.0),
    ),
    Misconception(
        "not_in_place",
        Text(
            "W and `b` are the same after the call. The step changed copies: write into `W[i][j]` and `b[j]` "
            "themselves.",
            "W et `b` sont les mêmes après l'appel. Le pas a changé des copies : écrivez dans `W[i][j]` et `b[j]` "
            "eux-mêmes.",
        ),
        _nothing_kept,
    ),
    Misconception(
        "loss_after_step",
        Text(
            "The loss returned is that of after the step. Compute it before W and `b` change.",
            "La perte rendue est celle d'après le pas. Calculez-la avant de changer W et `b`.",
        ),
        _loss_after,
    ),
    Misconception(
        "loss_sign",
        Text(
            "The loss is negative: the minus sign before the logarithm is missing.",
            "La perte est négative : il manque le signe moins devant le logarithme.",
        ),
        _step_returning(lambda p: math.log(p)),
    ),
    Misconception(
        "loss_one_minus_p",
        Text(
            "The loss returned is 1 - p. The exercise asks for -log p, which punishes a sure mistake much more.",
            "La perte rendue est 1 - p. L'exercice demande -log p, qui punit bien plus une erreur sûre d'elle.",
        ),
        _step_returning(lambda p: 1.0 - p),
    ),
    Misconception(
        "loss_in_bits",
        Text(
            "The loss uses the logarithm of base 2. Take the natural one: `math.log`.",
            "La perte utilise le logarithme en base 2. Prenez le logarithme népérien : `math.log`.",
        ),
        _step_returning(lambda p: -math.log2(p)),
    ),
    Misconception(
        "context_changed",
        Text(
            "The step changes the context too. Only W and `b` may change: keep products in a new variable.",
            "Le pas change aussi le contexte. Seuls W et `b` peuvent changer : gardez les produits dans une "
            "nouvelle variable.",
        ),
        seen_by="the context after the call",
    ),
    NOTHING,
)
