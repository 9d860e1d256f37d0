"""Public checks of lesson 4: tables of attention computed by hand."""

import math
from copy import deepcopy
from typing import Any

from grader.student.described import counted
from grader.student.expect import Answer, Student, attempt, require, unchanged
from grader.student.lessons import Lesson
from grader.student.pure_python import expect

lesson = Lesson("lesson4_attention", ("Lesson 4, attention", "Leçon 4, l'attention"))
dot = lesson.exercise("dot", 1, ("the scalar product", "le produit scalaire"))
attention_scores = lesson.exercise(
    "attention_scores", 2, ("who answers my question", "qui répond à ma question")
)
attention = lesson.exercise(
    "attention", 3, ("listening to each by its weight", "écouter chacun selon son poids")
)
causal_mask = lesson.exercise("causal_mask", 2, ("no looking at the future", "interdit de voir le futur"))
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
            (90.0, "This is the product of the sums.", "C'est le produit des sommes."),
        ],
        because=("1·4 + 2·5 + 3·6 = 32.", "1·4 + 2·5 + 3·6 = 32."),
    )
    expect(student.dot([1.0, 0.0], [0.0, 1.0])).near(0.0)
    expect(student.dot([1.0, -2.0], [3.0, 4.0])).near(-5.0, because=("1·3 - 2·4 = -5.", "1·3 - 2·4 = -5."))


@dot.check("The two lists are left as they were", "Les deux listes restent comme elles étaient")
def _(student: Student) -> None:
    a, b = [1.0, 2.0], [3.0, 4.0]
    answer = student.dot(a, b)
    unchanged([1.0, 2.0], a, answer.call, "a")
    unchanged([3.0, 4.0], b, answer.call, "b")


@attention_scores.check("query · key / sqrt(d), for each key", "query · key / sqrt(d), pour chaque key")
def _(student: Student) -> None:
    keys = [[2.0, 1.0, 5.0, 0.0], [0.0, 0.0, 1.0, 0.0], [-4.0, 0.0, 0.0, 2.0]]
    expect(student.attention_scores([1.0, 2.0, 0.0, 1.0], keys)).near(
        [2.0, 0.0, -1.0],
        [([4.0, 0.0, -2.0], "The scalar products are not divided by sqrt(d), with d the length of the query.",
          "Les produits scalaires ne sont pas divisés par sqrt(d), où d est la longueur de la query."),
         ([1.0, 0.0, -0.5], "The scalar products are divided by d. Divide by its square root: `math.sqrt(len(query))`.",
          "Les produits scalaires sont divisés par d. Divisez par sa racine carrée : `math.sqrt(len(query))`."),
         ([4 / math.sqrt(3), 0.0, -2 / math.sqrt(3)],
          "The scalar products are divided by the square root of how many keys there are. Take the length of the query: "
          "`len(query)`.",
          "Les produits scalaires sont divisés par la racine du nombre de keys. Prenez la longueur de la query : "
          "`len(query)`.")],
        because=("The first score is (1·2 + 2·1) / 2 = 2.", "Le premier score est (1·2 + 2·1) / 2 = 2."),
    )  # fmt: skip
    expect(student.attention_scores([3.0], [[2.0], [-1.0]])).near(
        [6.0, -3.0], because=("Here d = 1.", "Ici d = 1.")
    )


@attention_scores.check("Query and keys are left as they were", "Query et keys restent comme elles étaient")
def _(student: Student) -> None:
    query, keys = [1.0, 2.0], [[2.0, 1.0], [0.0, 3.0]]
    answer = student.attention_scores(query, keys)
    unchanged([1.0, 2.0], query, answer.call, "query")
    unchanged([[2.0, 1.0], [0.0, 3.0]], keys, answer.call, "keys")


def pair_of(answer: Answer) -> tuple[Answer, Answer]:
    """The two things that were returned, each as an answer of its own."""
    value = expect(answer).is_((list, tuple), "a pair (output, weights)", "un couple (sortie, poids)").value
    things, choses = counted(len(value), "thing", "chose")
    require(len(value) == 2, f"`{answer.call}` returned {things}; two were expected: the output, then the weights.",
            f"`{answer.call}` a renvoyé {choses} ; il en faut deux : la sortie, puis les poids.")  # fmt: skip
    return Answer(value[0], f"{answer.call}[0]"), Answer(value[1], f"{answer.call}[1]")


@attention.check(
    "An empty question looks everywhere alike", "Une question vide regarde partout de la même façon"
)
def _(student: Student) -> None:
    output, weights = pair_of(
        student.attention([0.0, 0.0], [[1.0, 2.0], [3.0, 4.0]], [[2.0, 0.0, 4.0], [4.0, 2.0, 0.0]])
    )
    expect(weights).near(
        [0.5, 0.5],
        because=("Both scores are 0, so both weights are the same.", "Les deux scores valent 0, donc les poids sont égaux."),
    )  # fmt: skip
    expect(output).near(
        [3.0, 1.0, 2.0],
        because=("Both weights are 0.5: the output is half of each value, added up.",
                 "Les deux poids valent 0,5 : la sortie est la moitié de chaque value, additionnée."),
    )  # fmt: skip


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
        because=("The scores are 1.0986 and 0; softmax makes 3/4 and 1/4 of them.",
                 "Les scores sont 1,0986 et 0 ; softmax en fait 3/4 et 1/4."),
    )  # fmt: skip
    expect(output).near(
        [3.0, 1.0, 6.0], because=("0.75·[4, 0, 8] + 0.25·[0, 4, 0].", "0.75·[4, 0, 8] + 0.25·[0, 4, 0].")
    )


@attention.check("The three lists are left as they were", "Les trois listes restent comme elles étaient")
def _(student: Student) -> None:
    query, keys, values = [1.0, 2.0], [[1.0, 0.0], [0.0, 1.0]], [[4.0, 0.0], [0.0, 4.0]]
    answer = student.attention(query, keys, values)
    unchanged([1.0, 2.0], query, answer.call, "query")
    unchanged([[1.0, 0.0], [0.0, 1.0]], keys, answer.call, "keys")
    unchanged([[4.0, 0.0], [0.0, 4.0]], values, answer.call, "values")


@causal_mask.check("0 up to the diagonal, -inf after it", "0 jusqu'à la diagonale, -inf après")
def _(student: Student) -> None:
    expect(student.causal_mask(3)).near(
        [[0.0, -INF, -INF], [0.0, 0.0, -INF], [0.0, 0.0, 0.0]],
        [([[-INF, -INF, -INF], [0.0, -INF, -INF], [0.0, 0.0, -INF]], "The diagonal is masked: a letter must see itself. "
          "Look at your comparison: `<=` or `<`?", "La diagonale est masquée : une lettre doit se voir elle-même. Regardez votre "
          "comparaison : `<=` ou `<` ?"),
         ([[0.0, 0.0, 0.0], [-INF, 0.0, 0.0], [-INF, -INF, 0.0]], "The mask hides the past and shows the future. Row i says "
          "what letter i may look at: compare column and row the other way round.",
          "Le masque cache le passé et montre le futur. La ligne i dit ce que la lettre i peut regarder : comparez colonne et "
          "ligne dans l'autre sens."),
         ([[0.0, INF, INF], [0.0, 0.0, INF], [0.0, 0.0, 0.0]], "The future holds +inf: softmax would look only at what is "
          "forbidden. Look at the sign.", "Le futur contient +inf : softmax ne regarderait que ce qui est interdit. Regardez le "
          "signe."),
         ([[-INF, 0.0, 0.0], [-INF, -INF, 0.0], [-INF, -INF, -INF]], "0 and -inf are swapped: 0 means “may look”, -inf “may "
          "not”.", "0 et -inf sont échangés : 0 veut dire « peut regarder », -inf « ne peut pas »."),
         ([[0.0] * 3] * 3, "Nothing is hidden.", "Rien n'est caché."),
         ([[0.0, 1.0, 1.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]], "The future holds 1. Added to a score, that makes a forbidden "
          "letter more attractive: write -inf.", "Le futur contient 1. Ajouté à un score, cela rend une lettre interdite plus "
          "attirante : écrivez -inf."),
         ([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0]],
          "This is a mask of ones and zeros, to multiply with. Here the mask is added: 0.0 for yes, -inf for no.",
          "C'est un masque de uns et de zéros, fait pour multiplier. Ici le masque s'ajoute : 0.0 pour oui, -inf pour non.")],
        because=("Row i says what position i may look at: 0 for itself and the past, -inf for the future.",
                 "La ligne i dit ce que la position i peut regarder : 0 pour elle-même et le passé, -inf pour le futur."),
    )  # fmt: skip
    expect(student.causal_mask(1)).near([[0.0]])


@causal_mask.check("Each row is a list of its own", "Chaque ligne est une liste à part")
def _(student: Student) -> None:
    answer = student.causal_mask(4)
    expect(answer).is_table(4, 4)
    rows = list(answer.value)  # held, so that no two have the same id one after the other
    require(len({id(row) for row in rows}) == 4, "Rows of `causal_mask(4)` are one and the same list; build each anew.",
            "Des lignes de `causal_mask(4)` sont une seule et même liste ; construisez chacune.")  # fmt: skip


@causal_self_attention.check(
    "The first position sees only itself", "La première position ne voit qu'elle-même"
)
def _(student: Student) -> None:
    outputs, weights = pair_of(student.causal_self_attention([[1.0, 2.0], [3.0, 4.0]]))
    expect(Answer(first(weights), f"{weights.call}[0]")).near(
        [1.0, 0.0], because=("The future has weight 0, exactly.", "Le futur a un poids de 0, exactement.")
    )
    expect(Answer(first(outputs), f"{outputs.call}[0]")).near(
        [1.0, 2.0],
        because=("It mixes nothing but itself: the first output is the first vector.",
                 "Elle ne mélange qu'elle-même : la première sortie est le premier vecteur."),
    )  # fmt: skip


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
          "Le futur a été mis à 0 après softmax : ajoutez le masque aux scores avant.")],
        because=("The scores of the second vector, divided by sqrt(2), are 0 and 1.0986: 1/4 and 3/4 after softmax.",
                 "Les scores du second vecteur, divisés par sqrt(2), sont 0 et 1,0986 : 1/4 et 3/4 après softmax."),
    )  # fmt: skip
    expect(outputs).near(
        PAIR_OUTPUTS,
        because=("The second output is 1/4 of the first vector plus 3/4 of the second.",
                 "La seconde sortie est 1/4 du premier vecteur plus 3/4 du second."),
    )  # fmt: skip
    unchanged(deepcopy(PAIR), vectors, answer.call, "vectors")


@multi_head_attention.check(
    "One head is the attention that you know", "Une tête : l'attention que vous connaissez"
)
def _(student: Student) -> None:
    expect(student.multi_head_attention(deepcopy(PAIR), 1)).near(
        PAIR_OUTPUTS,
        because=("With one head it is what `causal_self_attention` gives.",
                 "Avec une tête, c'est ce que donne `causal_self_attention`."),
    )  # fmt: skip


@multi_head_attention.check(
    "Two heads, each with its half of the vector", "Deux têtes, chacune sa moitié du vecteur"
)
def _(student: Student) -> None:
    vectors = [[A, 0.0, 0.0, 2.0], [0.0, A, 0.0, 0.0]]
    given = deepcopy(vectors)
    answer = student.multi_head_attention(given, 2)
    expect(answer).near(
        [[A, 0.0, 0.0, 2.0], [0.25 * A, 0.75 * A, 0.0, 1.0]],
        because=("Head 0 sees the first two numbers of each vector, head 1 the last two; their outputs stand side by side.",
                 "La tête 0 voit les deux premiers nombres de chaque vecteur, la tête 1 les deux derniers ; leurs sorties "
                 "sont côte à côte."),
    )  # fmt: skip
    unchanged(vectors, given, answer.call, "vectors")


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
