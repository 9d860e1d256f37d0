"""The misconceptions of lesson 3 about scores and probabilities, likeliest first.

    SOFTMAX   hypothesis(scores) -> what is returned
    FORWARD   hypothesis(context, W, b) -> what is returned; None where an index would fail

No hypothesis changes its arguments.
"""

import math
from collections.abc import Sequence

from reference.pure_python import embeddings as right
from reference.pure_python.embeddings import Matrix, Vector
from reference.pure_python.nothing_returned import NOTHING
from reference.text import Misconception, Text

# ---------------------------------------------------------------------------------------------
# softmax


def _shares(values: Sequence[float]) -> list[float]:
    total = sum(values)
    return [v / total for v in values]


def _one_hot(scores: Vector) -> list[float]:
    best = max(range(len(scores)), key=lambda j: scores[j])
    return [float(j == best) for j in range(len(scores))]


SOFTMAX: tuple[Misconception, ...] = (
    Misconception(
        "overflow",
        Text(
            "Large scores break it: exp(1000) does not fit in a float, and exp(-1000) is 0. "
            "Take the largest score off all of them before the exponential.",
            "Les grands scores la font échouer : exp(1000) ne tient pas dans un nombre, et exp(-1000) vaut 0. "
            "Retirez le plus grand score à tous avant l'exponentielle.",
        ),
        seen_by="an error or a nan for scores of 1000 or -1000",
    ),
    Misconception(
        "no_exponential",
        Text(
            "The scores are divided by their sum, without an exponential: negative scores give negative "
            "probabilities.",
            "Les scores sont divisés par leur somme, sans exponentielle : un score négatif donne une probabilité "
            "négative.",
        ),
        lambda scores: _shares(scores),
    ),
    Misconception(
        "not_divided",
        Text(
            "The exponentials are not divided by their sum, so the largest is 1 and the total too much.",
            "Les exponentielles ne sont pas divisées par leur somme : la plus grande vaut 1 et le total dépasse.",
        ),
        lambda scores: [math.exp(s - max(scores)) for s in scores],
    ),
    Misconception(
        "divided_by_length",
        Text(
            "The exponentials are divided by how many there are. Divide by their sum: the total must be 1.",
            "Les exponentielles sont divisées par leur nombre. Divisez par leur somme : le total doit valoir 1.",
        ),
        lambda scores: [math.exp(s - max(scores)) / len(scores) for s in scores],
    ),
    Misconception(
        "powers_of_two",
        Text(
            "The shares follow powers of 2. Softmax takes powers of e: `math.exp`.",
            "Les parts suivent les puissances de 2. Softmax prend celles de e : `math.exp`.",
        ),
        lambda scores: _shares([2.0 ** (s - max(scores)) for s in scores]),
    ),
    Misconception(
        "sigmoid",
        Text(
            "Each score is squeezed on its own (a sigmoid). In softmax the scores compete: the total must be 1.",
            "Chaque score est écrasé tout seul (une sigmoïde). Dans softmax les scores sont en concurrence : "
            "le total doit valoir 1.",
        ),
        lambda scores: [0.5 * (1.0 + math.tanh(0.5 * s)) for s in scores],
    ),
    Misconception(
        "winner_takes_all",
        Text(
            "The largest score gets 1 and the others 0. Softmax leaves a share to everyone.",
            "Le plus grand score reçoit 1 et les autres 0. Softmax laisse une part à chacun.",
        ),
        _one_hot,
    ),
    Misconception(
        "sign_reversed",
        Text(
            "The largest score gets the smallest share. Look at the sign in the exponential.",
            "Le plus grand score reçoit la plus petite part. Regardez le signe dans l'exponentielle.",
        ),
        lambda scores: _shares([math.exp(min(scores) - s) for s in scores]),
    ),
    Misconception(
        "logarithms",
        Text(
            "These are the logarithms of the probabilities, all negative. The probabilities are expected.",
            "Ce sont les logarithmes des probabilités, tous négatifs. On attend les probabilités.",
        ),
        lambda scores: [math.log(max(p, 5e-324)) for p in right.softmax(scores)],
    ),
    Misconception(
        "argument_changed",
        Text(
            "The list of scores is changed by the call. Build a new list instead of writing into `scores`.",
            "La liste des scores est changée par l'appel. "
            "Construisez une nouvelle liste au lieu d'écrire dans `scores`.",
        ),
        seen_by="the argument after the call",
    ),
    Misconception(
        "scores_clipped",
        Text(
            "Very large scores are cut off, so 1000 and 1001 get the same share. "
            "Take the largest score off all of them instead.",
            "Les très grands scores sont rabotés : 1000 et 1001 reçoivent la même part. "
            "Retirez plutôt le plus grand score à tous.",
        ),
        seen_by="equal shares for 1000 and 1001",
    ),
    Misconception(
        "generator_returned",
        Text(
            "The function returns a generator, which can be read only once. "
            "A list is expected: square brackets instead of round ones.",
            "La fonction renvoie un générateur, qu'on ne peut lire qu'une fois. "
            "On attend une liste : des crochets au lieu de parenthèses.",
        ),
        seen_by="type generator, map or zip",
    ),
    NOTHING,
)


# ---------------------------------------------------------------------------------------------
# forward


def _votes(context: Vector, W: Matrix, j: int) -> float:
    return sum(x * row[j] for x, row in zip(context, W, strict=True))


def _transposed(context: Vector, W: Matrix, b: Vector) -> list[float] | None:
    if len(W) < len(b) or len(W[0]) < len(context):
        return None
    return [b[j] + sum(x * W[j][i] for i, x in enumerate(context)) for j in range(len(b))]


def _never_reset(context: Vector, W: Matrix, b: Vector) -> list[float]:
    total, scores = 0.0, []
    for j, bias in enumerate(b):
        total += bias + _votes(context, W, j)
        scores.append(total)
    return scores


FORWARD: tuple[Misconception, ...] = (
    Misconception(
        "bias_missing",
        Text(
            "The bias `b[j]`, the head start of each letter, is not added.",
            "Le biais `b[j]`, l'avantage de départ de chaque lettre, n'est pas ajouté.",
        ),
        lambda context, W, b: [_votes(context, W, j) for j in range(len(b))],
    ),
    Misconception(
        "bias_many_times",
        Text(
            "The bias is added once for each number of the context. Add it once, outside the inner loop.",
            "Le biais est ajouté une fois pour chaque nombre du contexte. "
            "Ajoutez-le une seule fois, hors de la boucle intérieure.",
        ),
        lambda context, W, b: [len(context) * bias + _votes(context, W, j) for j, bias in enumerate(b)],
    ),
    Misconception(
        "bias_subtracted",
        Text(
            "The bias is subtracted where it should be added: look at the sign before `b[j]`.",
            "Le biais est soustrait alors qu'il faut l'ajouter : regardez le signe devant `b[j]`.",
        ),
        lambda context, W, b: [_votes(context, W, j) - bias for j, bias in enumerate(b)],
    ),
    Misconception(
        "context_ignored",
        Text(
            "The weights are added without the context. Each weight is multiplied by the number `context[i]`.",
            "Les poids sont additionnés sans le contexte. Chaque poids est multiplié par le nombre `context[i]`.",
        ),
        lambda context, W, b: [bias + sum(row[j] for row in W) for j, bias in enumerate(b)],
    ),
    Misconception(
        "transposed",
        Text(
            "Rows and columns of W are swapped. A row belongs to a number of the context, a column to a letter: "
            "`W[i][j]`.",
            "Les lignes et les colonnes de W sont échangées. Une ligne va avec un nombre du contexte, une colonne "
            "avec une lettre : `W[i][j]`.",
        ),
        _transposed,
    ),
    Misconception(
        "last_vote_only",
        Text(
            "Only the last number of the context counts: each vote replaces the one before. Use `+=`, not `=`.",
            "Seul le dernier nombre du contexte compte : chaque vote remplace le précédent. "
            "Il faut `+=`, pas `=`.",
        ),
        lambda context, W, b: [bias + context[-1] * W[-1][j] for j, bias in enumerate(b)],
    ),
    Misconception(
        "last_number_missing",
        Text(
            "The last number of the context is left out. Look at where your loop ends.",
            "Le dernier nombre du contexte est oublié. Regardez où s'arrête votre boucle.",
        ),
        lambda context, W, b: [bias + _votes(context[:-1], W[:-1], j) for j, bias in enumerate(b)],
    ),
    Misconception(
        "never_reset",
        Text(
            "Each score contains those before it: the total is not set back for a new letter. "
            "Set it inside the outer loop.",
            "Chaque score contient les précédents : le total n'est pas remis à zéro pour une nouvelle lettre. "
            "Remettez-le dans la boucle extérieure.",
        ),
        _never_reset,
    ),
    Misconception(
        "softmax_applied",
        Text(
            "These are probabilities. `forward` returns the scores; softmax comes afterwards.",
            "Ce sont des probabilités. `forward` renvoie les scores ; softmax vient après.",
        ),
        lambda context, W, b: right.softmax(right.forward(context, W, b)),
    ),
    Misconception(
        "averaged",
        Text(
            "The votes are divided by how many there are. They should be added up, nothing more.",
            "Les votes sont divisés par leur nombre. Il faut les additionner, rien de plus.",
        ),
        lambda context, W, b: [bias + _votes(context, W, j) / len(context) for j, bias in enumerate(b)],
    ),
    Misconception(
        "one_number",
        Text(
            "The function returns one number. Each letter has a score of its own: a list is expected.",
            "La fonction renvoie un seul nombre. Chaque lettre a son score : on attend une liste.",
        ),
        lambda context, W, b: sum(right.forward(context, W, b)),
    ),
    Misconception(
        "bias_changed",
        Text(
            "The call changes `b`: `scores = b` is the same list, not a copy. Write `scores = list(b)`.",
            "L'appel change `b` : `scores = b` est la même liste, pas une copie. Écrivez `scores = list(b)`.",
        ),
        seen_by="the argument b after the call",
    ),
    Misconception(
        "sizes_hard_coded",
        Text(
            "It works with 24 numbers and 27 letters only. Ask the lists for their lengths: `len(context)`, "
            "`len(b)`.",
            "Cela ne marche qu'avec 24 nombres et 27 lettres. Demandez leurs longueurs aux listes : "
            "`len(context)`, `len(b)`.",
        ),
        seen_by="an IndexError on a smaller model",
    ),
    NOTHING,
)
