"""The misconceptions of lesson 4, one tuple an exercise, likeliest first.

    DOT, ATTENTION_SCORES, CAUSAL_MASK   in wrong_attention_parts.py
    MULTI_HEAD_ATTENTION                 in wrong_attention_heads.py
    ATTENTION               hypothesis(query, keys, values) -> what is returned, rightly (output, weights)
    CAUSAL_SELF_ATTENTION   hypothesis(vectors) -> what is returned, rightly (outputs, weights)

No hypothesis changes its arguments. One may agree with the right answer on an input that does not
show it (one position): compare with the right answer first. Those without a hypothesis
say in `seen_by` what gives them away.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from reference.pure_python import attention as right
from reference.pure_python.attention import Matrix, Vector, attention_scores, softmax, weighted_sum
from reference.pure_python.nothing_returned import NOTHING
from reference.pure_python.wrong_attention_heads import MULTI_HEAD_ATTENTION
from reference.pure_python.wrong_attention_parts import ATTENTION_SCORES, CAUSAL_MASK, DOT
from reference.text import Misconception, Text

# ---------------------------------------------------------------------------------------------
# attention


def _one_hot(scores: Vector) -> list[float]:
    best = max(range(len(scores)), key=lambda j: scores[j])
    return [float(j == best) for j in range(len(scores))]


def _with_weights(weigh: Callable[..., list[float]]) -> Callable[..., Any]:
    """Attention whose weights are `weigh(query, keys)`."""

    def hypothesis(query: Vector, keys: Matrix, values: Matrix) -> Any:
        weights = weigh(query, keys)
        return weighted_sum(weights, values), weights

    return hypothesis


def _with_output(gather: Callable[..., Any]) -> Callable[..., Any]:
    """Attention with right weights whose output is `gather(weights, values)`."""

    def hypothesis(query: Vector, keys: Matrix, values: Matrix) -> Any:
        weights = softmax(attention_scores(query, keys))
        return gather(weights, values), weights

    return hypothesis


def _scaled(weights: Vector, values: Matrix) -> list[list[float]]:
    return [[w * x for x in value] for w, value in zip(weights, values, strict=True)]


ATTENTION: tuple[Misconception, ...] = (
    Misconception(
        "softmax_missing",
        Text(
            "The weights are the raw scores. Turn them into weights with softmax: positive, with sum 1.",
            "Les poids sont les scores bruts. Changez-les en poids avec softmax : positifs, de somme 1.",
        ),
        _with_weights(attention_scores),
    ),
    Misconception(
        "scores_not_divided",
        Text(
            "The weights come from scores that are not divided by sqrt(d). Call your `attention_scores`.",
            "Les poids viennent de scores non divisés par sqrt(d). Appelez votre `attention_scores`.",
        ),
        _with_weights(lambda query, keys: softmax([right.dot(query, key) for key in keys])),
    ),
    Misconception(
        "keys_for_values",
        Text(
            "The output is a mixture of the keys. What is passed on are the values.",
            "La sortie est un mélange des keys. Ce qui est transmis, ce sont les values.",
        ),
        lambda query, keys, values: right.attention(query, keys, keys),
    ),
    Misconception(
        "swapped",
        Text(
            "The weights come first and the output second. It should be `return output, weights`.",
            "Les poids viennent d'abord et la sortie ensuite. Il faut `return output, weights`.",
        ),
        lambda query, keys, values: right.attention(query, keys, values)[::-1],
    ),
    Misconception(
        "weights_equal",
        Text(
            "All weights are equal: the output is a plain mean, whatever the query asks. Use softmax of the scores.",
            "Tous les poids sont égaux : la sortie est une simple moyenne, quelle que soit la question. "
            "Utilisez softmax des scores.",
        ),
        _with_weights(lambda query, keys: [1.0 / len(keys)] * len(keys)),
    ),
    Misconception(
        "best_only",
        Text(
            "Only the best key counts. Every value has its share: multiply it by its weight.",
            "Seule la meilleure key compte. Chaque value a sa part : multipliez-la par son poids.",
        ),
        _with_weights(lambda query, keys: _one_hot(attention_scores(query, keys))),
    ),
    Misconception(
        "values_not_weighted",
        Text(
            "The values are added up without their weights. Multiply each by its weight first.",
            "Les values sont additionnées sans leurs poids. Multipliez d'abord chacune par le sien.",
        ),
        _with_output(lambda weights, values: weighted_sum([1.0] * len(weights), values)),
    ),
    Misconception(
        "values_not_summed",
        Text(
            "The output is a list of weighted values. Add them up, place by place, into one list.",
            "La sortie est une liste de values pondérées. Additionnez-les, case par case, en une seule liste.",
        ),
        _with_output(_scaled),
    ),
    Misconception(
        "summed_the_other_way",
        Text(
            "Each number of the output adds up one whole value. Add up over the positions, for each place `k`: "
            "`weights[j] * values[j][k]`.",
            "Chaque nombre de la sortie additionne une value entière. Additionnez sur les positions, pour chaque "
            "case `k` : `weights[j] * values[j][k]`.",
        ),
        _with_output(lambda weights, values: [sum(row) for row in _scaled(weights, values)]),
    ),
    Misconception(
        "last_value_only",
        Text(
            "Only the last value is in the output: each one replaces the one before. Use `+=`, not `=`.",
            "Seule la dernière value est dans la sortie : chacune remplace la précédente. Il faut `+=`, pas `=`.",
        ),
        _with_output(lambda weights, values: _scaled(weights, values)[-1]),
    ),
    Misconception(
        "output_averaged",
        Text(
            "The output is divided by the number of values. The weights already have sum 1: no division is needed.",
            "La sortie est divisée par le nombre de values. Les poids ont déjà une somme de 1 : "
            "pas besoin de diviser.",
        ),
        _with_output(lambda weights, values: [x / len(values) for x in weighted_sum(weights, values)]),
    ),
    Misconception(
        "output_alone",
        Text(
            "The function returns the output alone. Two things are expected: `return output, weights`.",
            "La fonction renvoie la sortie seule. On attend deux choses : `return output, weights`.",
        ),
        lambda query, keys, values: right.attention(query, keys, values)[0],
    ),
    Misconception(
        "argument_changed",
        Text(
            "The function writes into the lists that it was given. Start the output as a new list: "
            "`[0.0] * len(values[0])`.",
            "La fonction écrit dans les listes reçues. Commencez la sortie par une nouvelle liste : "
            "`[0.0] * len(values[0])`.",
        ),
        seen_by="an argument after the call",
    ),
    NOTHING,
)


# ---------------------------------------------------------------------------------------------
# causal_self_attention


def _masked(mask: Callable[[int], Matrix]) -> Callable[[Matrix], Any]:
    """Self-attention with the scores added to another mask."""

    def hypothesis(vectors: Matrix) -> Any:
        weights = [
            softmax([s + m for s, m in zip(attention_scores(query, vectors), row, strict=True)])
            for query, row in zip(vectors, mask(len(vectors)), strict=True)
        ]
        return [weighted_sum(row, vectors) for row in weights], weights

    return hypothesis


def _where(allowed: Callable[[int, int], bool], value: float = -math.inf) -> Callable[[int], Matrix]:
    return lambda n: [[0.0 if allowed(i, j) else value for j in range(n)] for i in range(n)]


def _from_weights(weigh: Callable[[int, list[float]], list[float]]) -> Callable[[Matrix], Any]:
    """Self-attention whose weights of row i are `weigh(i, scores of row i)`."""

    def hypothesis(vectors: Matrix) -> Any:
        weights = [weigh(i, attention_scores(query, vectors)) for i, query in enumerate(vectors)]
        return [weighted_sum(row, vectors) for row in weights], weights

    return hypothesis


def _not_divided(vectors: Matrix) -> Any:
    scale = math.sqrt(len(vectors[0]))
    return _from_weights(lambda i, scores: softmax(_past([scale * s for s in scores], i, -math.inf)))(vectors)


def _past(row: Sequence[float], i: int, elsewhere: float = 0.0) -> list[float]:
    return [x if j <= i else elsewhere for j, x in enumerate(row)]


def _ragged(vectors: Matrix) -> Any:
    outputs, weights = right.causal_self_attention(vectors)
    return outputs, [row[: i + 1] for i, row in enumerate(weights)]


def _residual(vectors: Matrix) -> Any:
    outputs, weights = right.causal_self_attention(vectors)
    return [
        [x + y for x, y in zip(a, b, strict=True)] for a, b in zip(outputs, vectors, strict=True)
    ], weights


CAUSAL_SELF_ATTENTION: tuple[Misconception, ...] = (
    Misconception(
        "mask_missing",
        Text(
            "The positions see the future: the mask is not added to the scores.",
            "Les positions voient le futur : le masque n'est pas ajouté aux scores.",
        ),
        _masked(_where(lambda i, j: True)),
    ),
    Misconception(
        "past_hidden",
        Text(
            "The positions see the future and not the past: the mask is the wrong way round. "
            "Add row i of the mask for position i.",
            "Les positions voient le futur et pas le passé : le masque est à l'envers. "
            "Ajoutez la ligne i du masque pour la position i.",
        ),
        _masked(_where(lambda i, j: j >= i)),
    ),
    Misconception(
        "sees_one_ahead",
        Text(
            "Each position also sees the next one. Look at the comparison of column and row, or at a slice's end.",
            "Chaque position voit aussi la suivante. Regardez la comparaison de la colonne et de la ligne, "
            "ou la fin d'une tranche.",
        ),
        _masked(_where(lambda i, j: j <= i + 1)),
    ),
    Misconception(
        "sees_only_itself",
        Text(
            "Each position sees only itself, so nothing is mixed. The past is allowed too.",
            "Chaque position ne voit qu'elle-même : rien n'est mélangé. Le passé est permis aussi.",
        ),
        _masked(_where(lambda i, j: j == i)),
    ),
    Misconception(
        "zero_for_minus_inf",
        Text(
            "Scores of the future are set to 0. Softmax gives them a share, since exp(0) = 1: they must be -inf.",
            "Les scores du futur sont mis à 0. Softmax leur donne une part, car exp(0) = 1 : il faut -inf.",
        ),
        _from_weights(lambda i, scores: softmax(_past(scores, i))),
    ),
    Misconception(
        "masked_after_softmax",
        Text(
            "The weights of the future are set to 0 after softmax, so the rows no longer have sum 1. "
            "Mask the scores, before softmax.",
            "Les poids du futur sont mis à 0 après softmax : les lignes n'ont plus une somme de 1. "
            "Masquez les scores, avant softmax.",
        ),
        _from_weights(lambda i, scores: _past(softmax(scores), i)),
    ),
    Misconception(
        "minus_one_for_minus_inf",
        Text(
            "The future is only lowered a little: its weights are not exactly 0. Add -inf to its scores.",
            "Le futur est seulement un peu baissé : ses poids ne sont pas exactement 0. "
            "Ajoutez -inf à ses scores.",
        ),
        _masked(_where(lambda i, j: j <= i, value=-1.0)),
    ),
    Misconception(
        "scores_not_divided",
        Text(
            "The scores are not divided by sqrt(d). Call your `attention_scores`.",
            "Les scores ne sont pas divisés par sqrt(d). Appelez votre `attention_scores`.",
        ),
        _not_divided,
    ),
    Misconception(
        "past_averaged",
        Text(
            "Each position takes the plain mean of what it may see. The weights should come from the scores.",
            "Chaque position prend la simple moyenne de ce qu'elle peut voir. "
            "Les poids doivent venir des scores.",
        ),
        _from_weights(lambda i, scores: _past([1.0 / (i + 1)] * len(scores), i)),
    ),
    Misconception(
        "short_rows",
        Text(
            "The rows of weights have different lengths. Each row has n weights: 0.0 stands for the future.",
            "Les lignes de poids n'ont pas la même longueur. Chaque ligne a n poids : 0.0 pour le futur.",
        ),
        _ragged,
    ),
    Misconception(
        "vectors_added",
        Text(
            "The vectors are added to the outputs. That shortcut comes in lesson 5; here the mixture alone is "
            "expected.",
            "Les vecteurs sont ajoutés aux sorties. Ce raccourci viendra en leçon 5 ; ici on attend le mélange seul.",
        ),
        _residual,
    ),
    Misconception(
        "swapped",
        Text(
            "The weights come first and the outputs second. It should be `(outputs, weights)`.",
            "Les poids viennent d'abord et les sorties ensuite. Il faut `(outputs, weights)`.",
        ),
        lambda vectors: right.causal_self_attention(vectors)[::-1],
    ),
    Misconception(
        "outputs_alone",
        Text(
            "The function returns the outputs alone. Two things are expected: `(outputs, weights)`.",
            "La fonction renvoie les sorties seules. On attend deux choses : `(outputs, weights)`.",
        ),
        lambda vectors: right.causal_self_attention(vectors)[0],
    ),
    Misconception(
        "argument_changed",
        Text(
            "The function writes into the vectors that it was given. Collect the outputs in a new list.",
            "La fonction écrit dans les vecteurs reçus. Rassemblez les sorties dans une nouvelle liste.",
        ),
        seen_by="the vectors after the call",
    ),
    NOTHING,
)


BY_EXERCISE: dict[str, tuple[Misconception, ...]] = {
    "dot": DOT,
    "attention_scores": ATTENTION_SCORES,
    "attention": ATTENTION,
    "causal_mask": CAUSAL_MASK,
    "causal_self_attention": CAUSAL_SELF_ATTENTION,
    "multi_head_attention": MULTI_HEAD_ATTENTION,
}
