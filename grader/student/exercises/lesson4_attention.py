"""Public checks of lesson 4: tables of attention computed by hand."""

import math
from copy import deepcopy
from typing import Any

from grader.student.expect import Answer, Student, attempt, expect, require, unchanged
from grader.student.lessons import Lesson

lesson = Lesson("lesson4_attention", ("Lesson 4, attention", "Leçon 4, l'attention"))
dot = lesson.exercise("dot", 1, ("the scalar product", "le produit scalaire"))
attention_scores = lesson.exercise(
    "attention_scores", 2, ("who suits my question", "qui répond à ma question")
)
attention = lesson.exercise("attention", 3, ("the weighted sum", "la somme pondérée"))
causal_mask = lesson.exercise("causal_mask", 2, ("no peeking", "interdit de tricher"))
causal_self_attention = lesson.exercise(
    "causal_self_attention", 4, ("everyone asks", "tout le monde demande")
)
multi_head_attention = lesson.exercise("multi_head_attention", 4, ("several heads", "plusieurs têtes"))

INF = math.inf
LN3 = math.log(3)
# Two vectors at right angles, of such a length that the second gives weight 1/4 to the first and 3/4
# to itself: A · A / sqrt(2) = log 3.
A = math.sqrt(LN3 * math.sqrt(2))
PAIR = [[A, 0.0], [0.0, A]]
PAIR_WEIGHTS = [[1.0, 0.0], [0.25, 0.75]]
PAIR_OUTPUTS = [[A, 0.0], [0.25 * A, 0.75 * A]]


@dot.check("Number by number, then the sum", "Nombre par nombre, puis la somme")
def _(student: Student) -> None:
    expect(student.dot([1.0, 2.0, 3.0], [4.0, 5.0, 6.0])).near(
        32.0,
        [
            ([4.0, 10.0, 18.0], "", ""),
            (90.0, "This is the product of the sums.", "C'est le produit des sommes."),
        ],
        because=("1·4 + 2·5 + 3·6 = 32.", "1·4 + 2·5 + 3·6 = 32."),
    )
    expect(student.dot([1.0, 0.0], [0.0, 1.0])).near(0.0)
    expect(student.dot([1.0, -2.0], [3.0, 4.0])).near(-5.0)


@attention_scores.check("query · key / sqrt(d), for each key", "query · key / sqrt(d), pour chaque clé")
def _(student: Student) -> None:
    keys = [[2.0, 1.0, 5.0, 0.0], [0.0, 0.0, 1.0, 0.0], [-4.0, 0.0, 0.0, 2.0]]
    expect(student.attention_scores([1.0, 2.0, 0.0, 1.0], keys)).near(
        [2.0, 0.0, -1.0],
        [([4.0, 0.0, -2.0], "The division by sqrt(d) is missing; here d = 4.", "La division par sqrt(d) manque ; ici d = 4."),
         ([1.0, 0.0, -0.5], "This is divided by d; divide by sqrt(d).", "C'est divisé par d ; divisez par sqrt(d)."),
         ([4 / math.sqrt(3), 0.0, -2 / math.sqrt(3)], "d is the length of a vector, not the number of keys.",
          "d est la longueur d'un vecteur, pas le nombre de clés.")],
        because=("The first score is (1·2 + 2·1) / 2 = 2.", "Le premier score est (1·2 + 2·1) / 2 = 2."),
    )  # fmt: skip
    expect(student.attention_scores([3.0], [[2.0], [-1.0]])).near(
        [6.0, -3.0], because=("Here d = 1.", "Ici d = 1.")
    )


def pair_of(answer: Answer) -> tuple[Answer, Answer]:
    """The two things that were returned, each as an answer of its own."""
    value = expect(answer).is_((list, tuple), "a pair (output, weights)", "un couple (sortie, poids)").value
    require(len(value) == 2, f"`{answer.call}` returned {len(value)} things; two were expected: the output, then the weights.",
            f"`{answer.call}` a renvoyé {len(value)} choses ; il en faut deux : la sortie, puis les poids.")  # fmt: skip
    return Answer(value[0], f"{answer.call}[0]"), Answer(value[1], f"{answer.call}[1]")


@attention.check(
    "A question without content looks everywhere alike", "Une question vide regarde partout pareil"
)
def _(student: Student) -> None:
    output, weights = pair_of(
        student.attention([0.0, 0.0], [[1.0, 2.0], [3.0, 4.0]], [[2.0, 0.0, 4.0], [4.0, 2.0, 0.0]])
    )
    expect(weights).near([0.5, 0.5])
    expect(output).near(
        [3.0, 1.0, 2.0],
        because=("The output is as long as a value.", "La sortie est aussi longue qu'une valeur."),
    )


@attention.check("Softmax of the scores, then the weighted sum", "Softmax des scores, puis la somme pondérée")
def _(student: Student) -> None:
    query, keys, values = (
        [math.sqrt(2) * LN3, 0.0],
        [[1.0, 0.0], [0.0, 1.0]],
        [[4.0, 0.0, 8.0], [0.0, 4.0, 0.0]],
    )
    output, weights = pair_of(student.attention(query, keys, values))
    root = math.exp(math.sqrt(2) * LN3)
    expect(weights).near(
        [0.75, 0.25],
        [([LN3, 0.0], "These are the scores: softmax is missing.", "Ce sont les scores : il manque softmax."),
         ([root / (1 + root), 1 / (1 + root)], "The division by sqrt(d) is missing.", "La division par sqrt(d) manque.")],
    )  # fmt: skip
    expect(output).near(
        [3.0, 1.0, 6.0], because=("0.75·[4, 0, 8] + 0.25·[0, 4, 0].", "0.75·[4, 0, 8] + 0.25·[0, 4, 0].")
    )


@causal_mask.check("0 up to the diagonal, -inf after it", "0 jusqu'à la diagonale, -inf après")
def _(student: Student) -> None:
    expect(student.causal_mask(3)).near(
        [[0.0, -INF, -INF], [0.0, 0.0, -INF], [0.0, 0.0, 0.0]],
        [([[-INF, -INF, -INF], [0.0, -INF, -INF], [0.0, 0.0, -INF]], "The diagonal is hidden: a position must see itself.",
          "La diagonale est cachée : une position doit se voir elle-même."),
         ([[0.0, 0.0, 0.0], [-INF, 0.0, 0.0], [-INF, -INF, 0.0]], "The mask is transposed: it hides the past.",
          "Le masque est transposé : il cache le passé."),
         ([[0.0, 1.0, 1.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]], "1 where -inf is meant: the mask is added to the scores.",
          "1 au lieu de -inf : le masque s'ajoute aux scores."),
         ([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0]],
          "A mask of ones and zeros multiplies; this one is added: 0 and -inf are meant.",
          "Un masque de uns et de zéros multiplie ; celui-ci s'ajoute : il faut 0 et -inf.")],
        because=("Row i says what position i may look at.", "La ligne i dit ce que la position i peut regarder."),
    )  # fmt: skip
    expect(student.causal_mask(1)).near([[0.0]])


@causal_mask.check("Each row is a list of its own", "Chaque ligne est une liste à part")
def _(student: Student) -> None:
    rows = student.causal_mask(4).value
    require(len({id(row) for row in rows}) == 4, "Rows of `causal_mask(4)` are one and the same list; build each anew.",
            "Des lignes de `causal_mask(4)` sont une seule et même liste ; construisez chacune.")  # fmt: skip


@causal_self_attention.check(
    "The first position sees only itself", "La première position ne voit qu'elle-même"
)
def _(student: Student) -> None:
    outputs, weights = pair_of(student.causal_self_attention([[1.0, 2.0], [3.0, 4.0]]))
    expect(Answer(first(weights), f"{weights.call}[0]")).near(
        [1.0, 0.0], because=("The future has weight 0, exactly.", "L'avenir a un poids de 0, exactement.")
    )
    expect(Answer(first(outputs), f"{outputs.call}[0]")).near([1.0, 2.0])


@causal_self_attention.check("Weights and outputs of two vectors", "Poids et sorties de deux vecteurs")
def _(student: Student) -> None:
    vectors = [list(v) for v in PAIR]
    answer = student.causal_self_attention(vectors)
    outputs, weights = pair_of(answer)
    expect(weights).near(
        PAIR_WEIGHTS,
        [([[0.75, 0.25], [0.25, 0.75]], "The first position sees the second: the mask is missing.",
          "La première position voit la seconde : il manque le masque."),
         ([[0.75, 0.0], [0.25, 0.75]], "The future was set to 0 after softmax: add the mask to the scores before it.",
          "L'avenir a été mis à 0 après softmax : ajoutez le masque aux scores avant.")],
    )  # fmt: skip
    expect(outputs).near(PAIR_OUTPUTS)
    unchanged(deepcopy(PAIR), vectors, answer.call, "vectors")


@multi_head_attention.check(
    "One head is the attention that you know", "Une tête : l'attention que vous connaissez"
)
def _(student: Student) -> None:
    expect(student.multi_head_attention(deepcopy(PAIR), 1)).near(PAIR_OUTPUTS)


@multi_head_attention.check(
    "Two heads, each with its half of the vector", "Deux têtes, chacune sa moitié du vecteur"
)
def _(student: Student) -> None:
    vectors = [[A, 0.0, 0.0, 2.0], [0.0, A, 0.0, 0.0]]
    expect(student.multi_head_attention(vectors, 2)).near(
        [[A, 0.0, 0.0, 2.0], [0.25 * A, 0.75 * A, 0.0, 1.0]],
        because=("In the second head the second vector is zero: it looks at both alike.",
                 "Dans la deuxième tête le second vecteur est nul : il regarde les deux pareil."),
    )  # fmt: skip


@multi_head_attention.check(
    "ValueError where the vector cannot be cut", "ValueError quand le vecteur ne se découpe pas"
)
def _(student: Student) -> None:
    function, call = student["multi_head_attention"], "multi_head_attention([[1.0, 2.0, 3.0, 4.0]], 3)"

    def refused() -> bool:
        try:
            function([[1.0, 2.0, 3.0, 4.0]], 3)
        except ValueError:
            return True
        return False

    done = attempt(refused, call, ("A ValueError was expected.", "On attendait une ValueError."))
    require(done, f"4 numbers cannot be cut in 3 equal slices: `{call}` should raise ValueError.",
            f"4 nombres ne se coupent pas en 3 parts égales : `{call}` doit lever ValueError.")  # fmt: skip


def first(answer: Answer) -> Any:
    """First row of what was returned."""
    rows = expect(answer).is_((list, tuple), "a list of rows", "une liste de lignes").value
    require(len(rows) > 0, f"`{answer.call}` is empty.", f"`{answer.call}` est vide.")
    return rows[0]
