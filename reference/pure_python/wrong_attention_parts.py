"""The misconceptions of lesson 4 about the parts of attention, likeliest first.

    DOT                hypothesis(a, b) -> what is returned
    ATTENTION_SCORES   hypothesis(query, keys) -> what is returned; None where an index would fail
    CAUSAL_MASK        hypothesis(n) -> what is returned

No hypothesis changes its arguments. All agree with the right answer on some input (a mask of one
position, a key of one number): compare with the right answer first.
"""

import math
from collections.abc import Callable

from reference.pure_python.attention import Matrix, Vector, attention_scores, dot, softmax
from reference.pure_python.nothing_returned import NOTHING
from reference.text import Misconception, Text

INF = math.inf


# ---------------------------------------------------------------------------------------------
# dot


def _products(a: Vector, b: Vector) -> list[float]:
    return [x * y for x, y in zip(a, b, strict=True)]


DOT: tuple[Misconception, ...] = (
    Misconception(
        "not_added",
        Text(
            "The function returns a list of products. Add them up into one number.",
            "La fonction renvoie une liste de produits. Additionnez-les en un seul nombre.",
        ),
        _products,
    ),
    Misconception(
        "sums_multiplied",
        Text(
            "The two sums are multiplied. Multiply the numbers that face each other first, then add up.",
            "Les deux sommes sont multipliées. Multipliez d'abord les nombres qui se font face, puis additionnez.",
        ),
        lambda a, b: sum(a) * sum(b),
    ),
    Misconception(
        "everything_added",
        Text(
            "The numbers that face each other are added. They should be multiplied.",
            "Les nombres qui se font face sont additionnés. Il faut les multiplier.",
        ),
        lambda a, b: sum(a) + sum(b),
    ),
    Misconception(
        "first_product_only",
        Text(
            "Only the first product comes back. Look at whether `return` stands inside the loop.",
            "Seul le premier produit revient. Regardez si `return` se trouve dans la boucle.",
        ),
        lambda a, b: _products(a, b)[0],
    ),
    Misconception(
        "last_product_only",
        Text(
            "Only the last product comes back: each one replaces the one before. Use `+=`, not `=`.",
            "Seul le dernier produit revient : chacun remplace le précédent. Il faut `+=`, pas `=`.",
        ),
        lambda a, b: _products(a, b)[-1],
    ),
    Misconception(
        "last_number_missing",
        Text(
            "The last numbers are left out. Look at where your loop ends.",
            "Les derniers nombres sont oubliés. Regardez où s'arrête votre boucle.",
        ),
        lambda a, b: float(sum(_products(a, b)[:-1])),
    ),
    Misconception(
        "averaged",
        Text(
            "The sum is divided by the number of terms. The scalar product is the sum itself.",
            "La somme est divisée par le nombre de termes. Le produit scalaire est la somme elle-même.",
        ),
        lambda a, b: sum(_products(a, b)) / len(a),
    ),
    Misconception(
        "divided_by_root",
        Text(
            "The sum is already divided by sqrt(d). That comes later, in `attention_scores`.",
            "La somme est déjà divisée par sqrt(d). Cela vient plus tard, dans `attention_scores`.",
        ),
        lambda a, b: sum(_products(a, b)) / math.sqrt(len(a)),
    ),
    Misconception(
        "cosine",
        Text(
            "The sum is divided by the lengths of the vectors (a cosine). Here the sum itself is expected.",
            "La somme est divisée par les longueurs des vecteurs (un cosinus). Ici on attend la somme elle-même.",
        ),
        lambda a, b: dot(a, b) / math.sqrt(dot(a, a) * dot(b, b)),
    ),
    Misconception(
        "never_negative",
        Text(
            "The result is never negative. Numbers on opposite sides must pull the total down: look for an `abs`.",
            "Le résultat n'est jamais négatif. Des nombres de côtés opposés doivent baisser le total : "
            "cherchez un `abs`.",
        ),
        lambda a, b: sum(abs(p) for p in _products(a, b)),
    ),
    Misconception(
        "argument_changed",
        Text(
            "The function writes into a list that it was given. Add up the products in a variable of your own.",
            "La fonction écrit dans une liste reçue. Additionnez les produits dans une variable à vous.",
        ),
        seen_by="an argument after the call",
    ),
    NOTHING,
)


# ---------------------------------------------------------------------------------------------
# attention_scores


def _times(factor: Callable[[int, int], float]) -> Callable[[Vector, Matrix], list[float]]:
    """Scalar products times `factor(d, number of keys)`."""
    return lambda query, keys: [dot(query, key) * factor(len(query), len(keys)) for key in keys]


def _by_columns(query: Vector, keys: Matrix) -> list[float] | None:
    if len(keys) != len(query):
        return None
    return [s / math.sqrt(len(query)) for s in (dot(query, column) for column in zip(*keys, strict=True))]


def _never_reset(query: Vector, keys: Matrix) -> list[float]:
    scores = attention_scores(query, keys)
    return [sum(scores[: j + 1]) for j in range(len(scores))]


ATTENTION_SCORES: tuple[Misconception, ...] = (
    Misconception(
        "not_divided",
        Text(
            "The scalar products are not divided by sqrt(d), with d the length of the query.",
            "Les produits scalaires ne sont pas divisés par sqrt(d), où d est la longueur de la query.",
        ),
        _times(lambda d, n: 1.0),
    ),
    Misconception(
        "divided_by_d",
        Text(
            "The scalar products are divided by d. Divide by its square root: `math.sqrt(len(query))`.",
            "Les produits scalaires sont divisés par d. Divisez par sa racine carrée : `math.sqrt(len(query))`.",
        ),
        _times(lambda d, n: 1.0 / d),
    ),
    Misconception(
        "root_of_the_number_of_keys",
        Text(
            "The scalar products are divided by the square root of how many keys there are. "
            "Take the length of the query: `len(query)`.",
            "Les produits scalaires sont divisés par la racine du nombre de keys. "
            "Prenez la longueur de la query : `len(query)`.",
        ),
        _times(lambda d, n: 1.0 / math.sqrt(n)),
    ),
    Misconception(
        "multiplied_by_root",
        Text(
            "The scalar products are multiplied by sqrt(d). They should be divided by it.",
            "Les produits scalaires sont multipliés par sqrt(d). Il faut les diviser.",
        ),
        _times(lambda d, n: math.sqrt(d)),
    ),
    Misconception(
        "always_divided_by_two",
        Text(
            "The scalar products are always divided by 2. That is right for 4 numbers only: use `len(query)`.",
            "Les produits scalaires sont toujours divisés par 2. Ce n'est juste que pour 4 nombres : "
            "utilisez `len(query)`.",
        ),
        _times(lambda d, n: 0.5),
    ),
    Misconception(
        "softmax_applied",
        Text(
            "These are already weights. `attention_scores` returns the scores; softmax comes afterwards.",
            "Ce sont déjà des poids. `attention_scores` renvoie les scores ; softmax vient après.",
        ),
        lambda query, keys: softmax(attention_scores(query, keys)),
    ),
    Misconception(
        "query_with_itself",
        Text(
            "Each score compares the query with itself. Compare it with the key.",
            "Chaque score compare la query avec elle-même. Comparez-la avec la key.",
        ),
        lambda query, keys: [dot(query, query) / math.sqrt(len(query)) for _ in keys],
    ),
    Misconception(
        "keys_with_themselves",
        Text(
            "Each score compares a key with itself. Compare the query with it.",
            "Chaque score compare une key avec elle-même. Comparez-la avec la query.",
        ),
        lambda query, keys: [dot(key, key) / math.sqrt(len(query)) for key in keys],
    ),
    Misconception(
        "first_key_only",
        Text(
            "Only the first key gets a score. Look at whether `return` stands inside the loop.",
            "Seule la première key reçoit un score. Regardez si `return` se trouve dans la boucle.",
        ),
        lambda query, keys: attention_scores(query, keys)[:1],
    ),
    Misconception(
        "columns_for_keys",
        Text(
            "The query is compared with the columns. Each key is a row of `keys`.",
            "La query est comparée aux colonnes. Chaque key est une ligne de `keys`.",
        ),
        _by_columns,
    ),
    Misconception(
        "never_reset",
        Text(
            "Each score contains those before it: the total is not set back for a new key.",
            "Chaque score contient les précédents : le total n'est pas remis à zéro pour une nouvelle key.",
        ),
        _never_reset,
    ),
    Misconception(
        "argument_changed",
        Text(
            "The function writes into the query or the keys, which others still need. "
            "Put the scores in a new list.",
            "La fonction écrit dans la query ou les keys, dont d'autres ont encore besoin. "
            "Mettez les scores dans une nouvelle liste.",
        ),
        seen_by="an argument after the call",
    ),
    NOTHING,
)


# ---------------------------------------------------------------------------------------------
# causal_mask


def _where(
    allowed: Callable[[int, int], bool], yes: float = 0.0, no: float = -INF
) -> Callable[[int], list[list[float]]]:
    return lambda n: [[yes if allowed(i, j) else no for j in range(n)] for i in range(n)]


CAUSAL_MASK: tuple[Misconception, ...] = (
    Misconception(
        "diagonal_masked",
        Text(
            "The diagonal is masked: a letter must see itself. Look at your comparison: `<=` or `<`?",
            "La diagonale est masquée : une lettre doit se voir elle-même. "
            "Regardez votre comparaison : `<=` ou `<` ?",
        ),
        _where(lambda i, j: j < i),
    ),
    Misconception(
        "transposed",
        Text(
            "The mask hides the past and shows the future. Row i says what letter i may look at: "
            "compare column and row the other way round.",
            "Le masque cache le passé et montre le futur. La ligne i dit ce que la lettre i peut regarder : "
            "comparez colonne et ligne dans l'autre sens.",
        ),
        _where(lambda i, j: j >= i),
    ),
    Misconception(
        "inverted",
        Text(
            "0 and -inf are swapped: 0 means “may look”, -inf “may not”.",
            "0 et -inf sont échangés : 0 veut dire « peut regarder », -inf « ne peut pas ».",
        ),
        _where(lambda i, j: j > i),
    ),
    Misconception(
        "shared_rows",
        Text(
            "All rows are one and the same list, so changing one changes all: `[[0.0] * n] * n` repeats a row. "
            "Build a new one each time.",
            "Toutes les lignes sont une seule et même liste : en changer une les change toutes. "
            "`[[0.0] * n] * n` répète une ligne ; construisez-en une nouvelle à chaque fois.",
        ),
        _where(lambda i, j: j == 0),
    ),
    Misconception(
        "one_zero_mask",
        Text(
            "This is a mask of ones and zeros, to multiply with. Here the mask is added: 0.0 for yes, -inf for no.",
            "C'est un masque de uns et de zéros, fait pour multiplier. Ici le masque s'ajoute : "
            "0.0 pour oui, -inf pour non.",
        ),
        _where(lambda i, j: j <= i, yes=1.0, no=0.0),
    ),
    Misconception(
        "one_for_minus_inf",
        Text(
            "The future holds 1. Added to a score, that makes a forbidden letter more attractive: write -inf.",
            "Le futur contient 1. Ajouté à un score, cela rend une lettre interdite plus attirante : écrivez -inf.",
        ),
        _where(lambda i, j: j <= i, no=1.0),
    ),
    Misconception(
        "plus_inf",
        Text(
            "The future holds +inf: softmax would look only at what is forbidden. Look at the sign.",
            "Le futur contient +inf : softmax ne regarderait que ce qui est interdit. Regardez le signe.",
        ),
        _where(lambda i, j: j <= i, no=INF),
    ),
    Misconception(
        "large_negative",
        Text(
            "The future holds a large negative number. It often works, but the exercise asks for infinity itself: "
            '`float("-inf")`.',
            "Le futur contient un grand nombre négatif. Cela marche souvent, mais l'exercice demande l'infini "
            'lui-même : `float("-inf")`.',
        ),
        _where(lambda i, j: j <= i, no=-1e9),
    ),
    Misconception(
        "sees_one_ahead",
        Text(
            "Each letter still sees the next one. Look at your comparison of column and row: is there a + 1?",
            "Chaque lettre voit encore la suivante. Regardez votre comparaison de la colonne et de la ligne : "
            "y a-t-il un + 1 ?",
        ),
        _where(lambda i, j: j <= i + 1),
    ),
    Misconception(
        "sees_only_itself",
        Text(
            "Each letter sees only itself. The past is allowed too: `<=`, not `==`.",
            "Chaque lettre ne voit qu'elle-même. Le passé est permis aussi : `<=`, pas `==`.",
        ),
        _where(lambda i, j: j == i),
    ),
    Misconception(
        "all_zeros",
        Text(
            "The mask is all zeros: nothing is hidden.",
            "Le masque ne contient que des zéros : rien n'est caché.",
        ),
        _where(lambda i, j: True),
    ),
    Misconception(
        "text_for_infinity",
        Text(
            'The mask holds the text "-inf". A number is needed: `float("-inf")` or `-math.inf`.',
            'Le masque contient le texte "-inf". Il faut un nombre : `float("-inf")` ou `-math.inf`.',
        ),
        seen_by="a str in a row",
    ),
    Misconception(
        "flat_list",
        Text(
            "The function returns one long list. Each letter needs a row of its own: a list of lists.",
            "La fonction renvoie une longue liste. Chaque lettre a besoin de sa ligne : une liste de listes.",
        ),
        seen_by="numbers where rows were expected",
    ),
    NOTHING,
)
