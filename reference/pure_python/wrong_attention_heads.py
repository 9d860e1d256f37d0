"""The misconceptions of lesson 4 about several heads, likeliest first.

    MULTI_HEAD_ATTENTION   hypothesis(vectors, num_heads) -> what is returned; num_heads divides

No hypothesis changes its arguments. Most agree with the right answer where there is one head.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from reference.pure_python import attention as right
from reference.pure_python.attention import Matrix, attention_scores, softmax, weighted_sum
from reference.pure_python.nothing_returned import NOTHING
from reference.text import Misconception, Text


def _slices(vectors: Matrix, num_heads: int) -> list[list[list[float]]]:
    """The vectors of each head: (H, n, d / H)."""
    size = len(vectors[0]) // num_heads
    return [[list(v[h * size : (h + 1) * size]) for v in vectors] for h in range(num_heads)]


def _heads(slices: Sequence[Matrix], attend: Callable[[Matrix], Any]) -> list[list[list[float]]]:
    return [attend(part)[0] for part in slices]


def _join(heads: Sequence[Matrix]) -> list[list[float]]:
    return [[x for part in parts for x in part] for parts in zip(*heads, strict=True)]


def _unmasked(vectors: Matrix) -> Any:
    weights = [softmax(attention_scores(query, vectors)) for query in vectors]
    return [weighted_sum(row, vectors) for row in weights], weights


def _right_heads(vectors: Matrix, num_heads: int) -> list[list[list[float]]]:
    return _heads(_slices(vectors, num_heads), right.causal_self_attention)


def _summed(heads: Sequence[Matrix], scale: float = 1.0) -> list[list[float]]:
    return [[scale * sum(xs) for xs in zip(*parts, strict=True)] for parts in zip(*heads, strict=True)]


def _full_scale(vectors: Matrix, num_heads: int) -> list[list[float]]:
    """Heads whose scores are divided by sqrt(d) of the whole vectors instead of the slices'."""
    shrink = math.sqrt(math.sqrt(num_heads))  # in the query and in the key: together sqrt(H)
    heads = []
    for part in _slices(vectors, num_heads):
        _, weights = right.causal_self_attention([[x / shrink for x in v] for v in part])
        heads.append([weighted_sum(row, part) for row in weights])
    return _join(heads)


def _interleaved(vectors: Matrix, num_heads: int) -> list[list[float]]:
    return _join(
        _heads(
            [[list(v[h::num_heads]) for v in vectors] for h in range(num_heads)], right.causal_self_attention
        )
    )


def _slices_of_num_heads(vectors: Matrix, num_heads: int) -> list[list[float]]:
    return right.multi_head_attention(vectors, len(vectors[0]) // num_heads)


MULTI_HEAD_ATTENTION: tuple[Misconception, ...] = (
    Misconception(
        "not_split",
        Text(
            "There is one head, whatever `num_heads` says: the vectors are not cut into slices.",
            "Il y a une seule tête, quoi que dise `num_heads` : les vecteurs ne sont pas coupés en tranches.",
        ),
        lambda vectors, num_heads: right.multi_head_attention(vectors, 1),
    ),
    Misconception(
        "first_slice_for_all",
        Text(
            "All heads work on the first slice. Head h starts at `h * size`.",
            "Toutes les têtes travaillent sur la première tranche. La tête h commence à `h * size`.",
        ),
        lambda vectors, num_heads: _join([_right_heads(vectors, num_heads)[0]] * num_heads),
    ),
    Misconception(
        "first_head_only",
        Text(
            "Only the first head's output comes back. Look at whether `return` stands inside the loop.",
            "Seule la sortie de la première tête revient. Regardez si `return` se trouve dans la boucle.",
        ),
        lambda vectors, num_heads: _right_heads(vectors, num_heads)[0],
    ),
    Misconception(
        "heads_below_each_other",
        Text(
            "The heads' outputs stand below each other. They go side by side: the output of a position joins those "
            "of all heads.",
            "Les sorties des têtes sont les unes sous les autres. Elles vont côte à côte : la sortie d'une position "
            "réunit celles de toutes les têtes.",
        ),
        lambda vectors, num_heads: [row for head in _right_heads(vectors, num_heads) for row in head],
    ),
    Misconception(
        "heads_summed",
        Text(
            "The heads' outputs are added up. They should be joined end to end, so that the length is d again.",
            "Les sorties des têtes sont additionnées. Il faut les mettre bout à bout, pour retrouver la longueur d.",
        ),
        lambda vectors, num_heads: _summed(_right_heads(vectors, num_heads)),
    ),
    Misconception(
        "heads_averaged",
        Text(
            "The mean of the heads' outputs is taken. They should be joined end to end, so that the length is d again.",
            "On prend la moyenne des sorties des têtes. Il faut les mettre bout à bout, pour retrouver la "
            "longueur d.",
        ),
        lambda vectors, num_heads: _summed(_right_heads(vectors, num_heads), 1.0 / num_heads),
    ),
    Misconception(
        "heads_reversed",
        Text(
            "The heads are joined in the wrong order. Head 0 comes first.",
            "Les têtes sont recollées dans le mauvais ordre. La tête 0 vient en premier.",
        ),
        lambda vectors, num_heads: _join(_right_heads(vectors, num_heads)[::-1]),
    ),
    Misconception(
        "every_other_number",
        Text(
            "A head takes every other number (`vector[h::num_heads]`). Slices are consecutive: "
            "`vector[start : start + size]`.",
            "Une tête prend un nombre de temps en temps (`vector[h::num_heads]`). Les tranches sont d'un seul "
            "tenant : `vector[start : start + size]`.",
        ),
        _interleaved,
    ),
    Misconception(
        "count_for_size",
        Text(
            "The slices hold `num_heads` numbers. `num_heads` is how many slices there are; each holds "
            "`d // num_heads`.",
            "Les tranches contiennent `num_heads` nombres. `num_heads` est le nombre de tranches ; chacune en "
            "contient `d // num_heads`.",
        ),
        _slices_of_num_heads,
    ),
    Misconception(
        "mask_missing",
        Text(
            "The heads see the future. Use `causal_self_attention` in each head.",
            "Les têtes voient le futur. Utilisez `causal_self_attention` dans chaque tête.",
        ),
        lambda vectors, num_heads: _join(_heads(_slices(vectors, num_heads), _unmasked)),
    ),
    Misconception(
        "full_scale",
        Text(
            "The scores are divided by sqrt(d) of the whole vectors. In a head, d is the length of the slice.",
            "Les scores sont divisés par sqrt(d) des vecteurs entiers. Dans une tête, d est la longueur de la tranche.",
        ),
        _full_scale,
    ),
    Misconception(
        "not_joined",
        Text(
            "The output of a position is a list of lists. Join the heads into one flat list of d numbers: "
            "`extend` or `+`.",
            "La sortie d'une position est une liste de listes. Recollez les têtes en une liste plate de d nombres : "
            "`extend` ou `+`.",
        ),
        lambda vectors, num_heads: [
            [list(part) for part in parts] for parts in zip(*_right_heads(vectors, num_heads), strict=True)
        ],
    ),
    Misconception(
        "weights_too",
        Text(
            "The function returns outputs and weights. Here the outputs alone are expected.",
            "La fonction renvoie les sorties et les poids. Ici on attend les sorties seules.",
        ),
        seen_by="a pair whose first part is the right outputs",
    ),
    Misconception(
        "no_error",
        Text(
            "4 numbers cannot be cut into 3 equal slices, and the function says nothing: `raise ValueError(...)` "
            "is expected.",
            "On ne peut pas couper 4 nombres en 3 tranches égales, et la fonction ne dit rien : on attend "
            "`raise ValueError(...)`.",
        ),
        seen_by="a value where num_heads does not divide",
    ),
    Misconception(
        "other_error",
        Text(
            "Where `num_heads` does not divide, another error is raised (an `assert`?). It should be a ValueError.",
            "Quand `num_heads` ne divise pas, une autre erreur est levée (un `assert` ?). Il faut un ValueError.",
        ),
        seen_by="an error other than ValueError where num_heads does not divide",
    ),
    Misconception(
        "argument_changed",
        Text(
            "The vectors are not the same after the call. A slice `vector[a:b]` copies; `pop`, `del` "
            "and `+=` change the vector itself.",
            "Les vecteurs ne sont plus les mêmes après l'appel. Une tranche `vector[a:b]` copie ; "
            "`pop`, `del` et `+=` changent le vecteur lui-même.",
        ),
        seen_by="the vectors after the call",
    ),
    NOTHING,
)
