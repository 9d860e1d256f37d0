"""The misconceptions of lesson 3, one tuple an exercise, likeliest first.

    MAKE_EMBEDDINGS      hypothesis(x, std) -> probability that one number of the table is <= x
    GET_CONTEXT_VECTOR   hypothesis(word, position, embeddings) -> what is returned
    SOFTMAX, FORWARD            in wrong_embeddings_scores.py
    SGD_STEP                    in wrong_embeddings_learning.py
    TRAIN                       in wrong_embeddings_training.py
    GENERATE                    in wrong_embeddings_sampler.py

No hypothesis changes its arguments. One may agree with the right answer on an input that does not
show it (no padding in the middle of a word): compare with the right answer first. Those without a
hypothesis say in `seen_by` what gives them away.
"""

import math
from collections.abc import Iterable

from reference.pure_python.embeddings import CONTEXT_SIZE, Matrix, char_to_id
from reference.pure_python.nothing_returned import NOTHING
from reference.pure_python.wrong_embeddings_learning import SGD_STEP
from reference.pure_python.wrong_embeddings_sampler import GENERATE
from reference.pure_python.wrong_embeddings_scores import FORWARD, SOFTMAX
from reference.pure_python.wrong_embeddings_training import TRAIN
from reference.text import Misconception, Text

# ---------------------------------------------------------------------------------------------
# make_embeddings


def normal(x: float, std: float) -> float:
    """Probability that a number drawn from N(0, std²) is at most x."""
    return 0.5 * (1.0 + math.erf(x / (std * math.sqrt(2.0))))


def _uniform(x: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (x - low) / (high - low)))


MAKE_EMBEDDINGS: tuple[Misconception, ...] = (
    Misconception(
        "one_row_repeated",
        Text(
            "All letters have the same row. Look at where the random numbers are drawn: once, or again for "
            "each row? `[row] * n` repeats one and the same list.",
            "Toutes les lettres ont la même ligne. Regardez où les nombres sont tirés : une fois, ou de nouveau "
            "pour chaque ligne ? `[ligne] * n` répète une seule et même liste.",
        ),
        seen_by="two rows that are equal",
    ),
    Misconception(
        "std_ignored",
        Text(
            "The numbers spread by 0.5 whatever `std` is. Look at the second argument of `random.gauss`.",
            "Les nombres s'étalent de 0.5 quel que soit `std`. "
            "Regardez le deuxième argument de `random.gauss`.",
        ),
        lambda x, std: normal(x, 0.5),
    ),
    Misconception(
        "std_is_one",
        Text(
            "The numbers spread by 1 whatever `std` is: `random.gauss(0, 1)` takes no notice of it.",
            "Les nombres s'étalent de 1 quel que soit `std` : `random.gauss(0, 1)` n'en tient pas compte.",
        ),
        lambda x, std: normal(x, 1.0),
    ),
    Misconception(
        "std_squared",
        Text(
            "The numbers spread by std². `random.gauss` wants the standard deviation itself, not the variance.",
            "Les nombres s'étalent de std². `random.gauss` veut l'écart type lui-même, pas la variance.",
        ),
        lambda x, std: normal(x, std**2),
    ),
    Misconception(
        "std_rooted",
        Text(
            "The numbers spread by √std. `std` is already the standard deviation: no square root is needed.",
            "Les nombres s'étalent de √std. `std` est déjà l'écart type : pas besoin de racine carrée.",
        ),
        lambda x, std: normal(x, math.sqrt(std)),
    ),
    Misconception(
        "uniform",
        Text(
            "The numbers are spread evenly between -std and std. The exercise asks for the bell curve: "
            "`random.gauss`, not `random.uniform`.",
            "Les nombres sont répartis également entre -std et std. L'exercice demande la courbe en cloche : "
            "`random.gauss`, pas `random.uniform`.",
        ),
        lambda x, std: _uniform(x, -std, std),
    ),
    Misconception(
        "uniform_from_zero",
        Text(
            "The numbers lie evenly between 0 and std, none is negative. `random.random()` does not make the "
            "bell curve around 0: take `random.gauss`.",
            "Les nombres sont répartis entre 0 et std, aucun n'est négatif. `random.random()` ne fait pas la "
            "courbe en cloche autour de 0 : prenez `random.gauss`.",
        ),
        lambda x, std: _uniform(x, 0.0, std),
    ),
    Misconception(
        "positive_only",
        Text(
            "No number is negative. Half of them should be: look for an `abs`.",
            "Aucun nombre n'est négatif. Il en faut la moitié : cherchez un `abs`.",
        ),
        lambda x, std: max(0.0, 2.0 * normal(x, std) - 1.0),
    ),
    Misconception(
        "arguments_swapped",
        Text(
            "Every number equals std: the mean and the spread are swapped. `random.gauss(0, std)`: the mean first.",
            "Chaque nombre vaut std : la moyenne et l'étalement sont échangés. "
            "`random.gauss(0, std)` : la moyenne d'abord.",
        ),
        lambda x, std: float(x >= std),
    ),
    Misconception(
        "all_zeros",
        Text(
            "All numbers are 0. Then all letters look the same, and the model could never tell them apart: "
            "draw the numbers at random.",
            "Tous les nombres valent 0. Toutes les lettres se ressemblent alors, et le modèle ne pourrait jamais "
            "les distinguer : tirez les nombres au hasard.",
        ),
        lambda x, std: float(x >= 0.0),
    ),
    Misconception(
        "one_number_for_a_row",
        Text(
            "Within a row all numbers are the same. A letter needs `embed_dim` different numbers: "
            "draw inside the inner loop.",
            "Dans une ligne, tous les nombres sont égaux. Une lettre a besoin de `embed_dim` nombres différents : "
            "tirez dans la boucle intérieure.",
        ),
        seen_by="rows that hold one number only, again and again",
    ),
    Misconception(
        "sizes_swapped",
        Text(
            "There are embed_dim rows of vocab_size numbers. It should be the other way round: one row a letter.",
            "Il y a embed_dim lignes de vocab_size nombres. Il faut l'inverse : une ligne par lettre.",
        ),
        seen_by="shape (embed_dim, vocab_size)",
    ),
    Misconception(
        "flat_list",
        Text(
            "The function returns one long list of numbers. Each letter needs a list of its own: a list of lists.",
            "La fonction renvoie une longue liste de nombres. "
            "Chaque lettre a besoin de sa liste : une liste de listes.",
        ),
        seen_by="numbers where rows were expected",
    ),
    Misconception(
        "reseeded",
        Text(
            "Every call gives the same numbers: the random generator is seeded inside the function. "
            "A seed is set once, by the caller.",
            "Chaque appel donne les mêmes nombres : la graine du hasard est fixée dans la fonction. "
            "Une graine se fixe une fois, par l'appelant.",
        ),
        seen_by="the same table under different seeds",
    ),
)


# ---------------------------------------------------------------------------------------------
# get_context_vector


def _rows(letters: Iterable[str], embeddings: Matrix) -> list[list[float]]:
    return [list(embeddings[char_to_id[letter]]) for letter in letters]


def _joined(letters: Iterable[str], embeddings: Matrix) -> list[float]:
    return [x for row in _rows(letters, embeddings) for x in row]


def _window(word: str, position: int) -> list[str]:
    return [word[p] if p >= 0 else "." for p in range(position - CONTEXT_SIZE, position)]


def _zeros_before(word: str, position: int, embeddings: Matrix) -> list[float]:
    zeros = [0.0] * len(embeddings[0])
    places = range(position - CONTEXT_SIZE, position)
    return [x for p in places for x in (embeddings[char_to_id[word[p]]] if p >= 0 else zeros)]


def _dots_last(word: str, position: int, embeddings: Matrix) -> list[float]:
    seen = word[max(0, position - CONTEXT_SIZE) : position]
    return _joined(seen + "." * (CONTEXT_SIZE - len(seen)), embeddings)


def _wrapping(word: str, position: int, embeddings: Matrix) -> list[float]:
    return _joined([word[p] for p in range(position - CONTEXT_SIZE, position)], embeddings)


GET_CONTEXT_VECTOR: tuple[Misconception, ...] = (
    Misconception(
        "newest_first",
        Text(
            "The letters come newest first. The oldest of the window goes first: look at the order of your loop.",
            "Les lettres vont de la plus récente à la plus ancienne. La plus ancienne de la fenêtre vient d'abord : "
            "regardez l'ordre de votre boucle.",
        ),
        lambda word, position, embeddings: _joined(_window(word, position)[::-1], embeddings),
    ),
    Misconception(
        "target_in_window",
        Text(
            "The window holds the letter to guess: the model would see the answer. It should end just before "
            "`position`: look at the bounds of your range.",
            "La fenêtre contient la lettre à deviner : le modèle verrait la réponse. Elle doit s'arrêter juste "
            "avant `position` : regardez les bornes de votre `range`.",
        ),
        lambda word, position, embeddings: _joined(_window(word, position + 1), embeddings),
    ),
    Misconception(
        "one_too_early",
        Text(
            "The window ends one letter too early: the letter just before `position` is missing. "
            "Look at the bounds of your range.",
            "La fenêtre s'arrête une lettre trop tôt : il manque la lettre juste avant `position`. "
            "Regardez les bornes de votre `range`.",
        ),
        lambda word, position, embeddings: _joined(_window(word, position - 1), embeddings),
    ),
    Misconception(
        "negative_index",
        Text(
            "At the beginning of the word, letters of its end appear: in Python word[-2] counts from the end. "
            "A negative place should count as a dot.",
            "Au début du mot apparaissent des lettres de sa fin : en Python, word[-2] compte depuis la fin. "
            "Une place négative doit compter comme un point.",
        ),
        _wrapping,
    ),
    Misconception(
        "zeros_for_padding",
        Text(
            "Before the word stand zeros. The padding is a dot, which has an embedding of its own.",
            "Avant le mot se trouvent des zéros. On complète avec un point, qui a son propre embedding.",
        ),
        _zeros_before,
    ),
    Misconception(
        "padding_missing",
        Text(
            "At the beginning of the word the vector is shorter. It should always hold CONTEXT_SIZE letters: "
            "fill up with dots.",
            "Au début du mot, le vecteur est plus court. Il doit toujours contenir CONTEXT_SIZE lettres : "
            "complétez avec des points.",
        ),
        lambda word, position, embeddings: _joined(
            word[max(0, position - CONTEXT_SIZE) : position], embeddings
        ),
    ),
    Misconception(
        "padding_on_the_right",
        Text(
            "The dots that fill up come after the letters. They stand for what is before the word: put them first.",
            "Les points qui complètent viennent après les lettres. Ils représentent ce qui précède le mot : "
            "mettez-les d'abord.",
        ),
        _dots_last,
    ),
    Misconception(
        "list_of_lists",
        Text(
            "The function returns three lists in a list. One flat list is expected: `extend` or `+` instead of "
            "`append`.",
            "La fonction renvoie trois listes dans une liste. On attend une seule liste plate : `extend` ou `+` "
            "au lieu de `append`.",
        ),
        lambda word, position, embeddings: _rows(_window(word, position), embeddings),
    ),
    Misconception(
        "summed",
        Text(
            "The three embeddings are added up. Then their order is lost: put them end to end instead.",
            "Les trois embeddings sont additionnés. Leur ordre est alors perdu : mettez-les bout à bout.",
        ),
        lambda word, position, embeddings: [
            sum(column) for column in zip(*_rows(_window(word, position), embeddings), strict=True)
        ],
    ),
    Misconception(
        "position_ignored",
        Text(
            "The window always shows the first three characters. It should slide: look at how `position` is used.",
            "La fenêtre montre toujours les trois premiers caractères. Elle doit glisser : "
            "regardez comment `position` est utilisée.",
        ),
        lambda word, position, embeddings: _joined(word[:CONTEXT_SIZE], embeddings),
    ),
    Misconception(
        "ids_returned",
        Text(
            "The function returns the numbers of the letters. The model needs their embeddings: "
            "look the rows up in `embeddings`.",
            "La fonction renvoie les numéros des lettres. Le modèle a besoin de leurs embeddings : "
            "cherchez les lignes dans `embeddings`.",
        ),
        lambda word, position, embeddings: [char_to_id[letter] for letter in _window(word, position)],
    ),
    Misconception(
        "embeddings_grow",
        Text(
            "The function changes the embeddings: a row gets longer at each call. `context = embeddings[i]` is "
            "the row itself and `+=` lengthens it; start from an empty list.",
            "La fonction change les embeddings : une ligne s'allonge à chaque appel. `context = embeddings[i]` est "
            "la ligne elle-même et `+=` l'allonge ; partez d'une liste vide.",
        ),
        seen_by="the embeddings after the call",
    ),
    NOTHING,
)


BY_EXERCISE: dict[str, tuple[Misconception, ...]] = {
    "make_embeddings": MAKE_EMBEDDINGS,
    "get_context_vector": GET_CONTEXT_VECTOR,
    "softmax": SOFTMAX,
    "forward": FORWARD,
    "sgd_step": SGD_STEP,
    "train": TRAIN,
    "generate": GENERATE,
}
