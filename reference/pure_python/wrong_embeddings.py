"""The misconceptions of lesson 3, one tuple an exercise, likeliest first.

    MAKE_EMBEDDINGS      hypothesis(x, std) -> probability that one number of the table is <= x
    GET_CONTEXT_VECTOR   hypothesis(word, position, embeddings) -> what is returned
    SOFTMAX              hypothesis(scores) -> what is returned
    FORWARD              hypothesis(context, W, b) -> what is returned; None where an index fails
    SGD_STEP, TRAIN, GENERATE   in wrong_embeddings_learning.py

No hypothesis changes its arguments. One may agree with the right answer on an input that does not
show it (no padding in the middle of a word): compare with the right answer first. Those without a
hypothesis say in `seen_by` what gives them away.
"""

import math

from reference.pure_python import embeddings as right
from reference.pure_python.embeddings import CONTEXT_SIZE, char_to_id
from reference.pure_python.wrong_embeddings_learning import GENERATE, SGD_STEP, TRAIN
from reference.text import Misconception, Text

NOTHING = Misconception(
    "nothing_returned",
    Text(
        "The function returns nothing (None). If it prints the result, the caller still does not get it: "
        "look for the `return` line.",
        "La fonction ne renvoie rien (None). Afficher le résultat ne le donne pas à l'appelant : "
        "cherchez la ligne `return`.",
    ),
    seen_by="the value None",
)


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
            "Les nombres s'étalent de 0.5 quelle que soit `std`. "
            "Regardez le deuxième argument de `random.gauss`.",
        ),
        lambda x, std: normal(x, 0.5),
    ),
    Misconception(
        "std_is_one",
        Text(
            "The numbers spread by 1 whatever `std` is: `random.gauss(0, 1)` takes no notice of it.",
            "Les nombres s'étalent de 1 quelle que soit `std` : `random.gauss(0, 1)` n'en tient pas compte.",
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
            "Aucun nombre n'est négatif. Il en faut une moitié : cherchez un `abs`.",
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


def _rows(letters, embeddings):
    return [list(embeddings[char_to_id[letter]]) for letter in letters]


def _joined(letters, embeddings):
    return [x for row in _rows(letters, embeddings) for x in row]


def _window(word, position, size=CONTEXT_SIZE):
    return [word[p] if p >= 0 else "." for p in range(position - size, position)]


def _zeros_before(word, position, embeddings):
    zeros = [0.0] * len(embeddings[0])
    places = range(position - CONTEXT_SIZE, position)
    return [x for p in places for x in (embeddings[char_to_id[word[p]]] if p >= 0 else zeros)]


def _dots_last(word, position, embeddings):
    seen = word[max(0, position - CONTEXT_SIZE) : position]
    return _joined(seen + "." * (CONTEXT_SIZE - len(seen)), embeddings)


def _wrapping(word, position, embeddings):
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
        lambda word, position, embeddings: _joined(word[max(0, position - CONTEXT_SIZE) : position], embeddings),
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


# ---------------------------------------------------------------------------------------------
# softmax


def _shares(values):
    total = sum(values)
    return [v / total for v in values]


def _one_hot(scores):
    best = max(range(len(scores)), key=lambda j: scores[j])
    return [float(j == best) for j in range(len(scores))]


SOFTMAX: tuple[Misconception, ...] = (
    Misconception(
        "overflow",
        Text(
            "Large scores break it: exp(1000) does not fit in a float, and exp(-1000) is 0. "
            "Take the largest score off all of them before the exponential.",
            "Les grands scores le cassent : exp(1000) ne tient pas dans un nombre, et exp(-1000) vaut 0. "
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


def _votes(context, W, j):
    return sum(x * row[j] for x, row in zip(context, W, strict=True))


def _transposed(context, W, b):
    if len(W) < len(b) or len(W[0]) < len(context):
        return None
    return [b[j] + sum(x * W[j][i] for i, x in enumerate(context)) for j in range(len(b))]


def _never_reset(context, W, b):
    total, scores = 0.0, []
    for j, bias in enumerate(b):
        total += bias + _votes(context, W, j)
        scores.append(total)
    return scores


FORWARD: tuple[Misconception, ...] = (
    Misconception(
        "bias_missing",
        Text("The bias `b[j]` is not added.", "Le biais `b[j]` n'est pas ajouté."),
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
        Text("The bias is subtracted. It should be added.", "Le biais est soustrait. Il faut l'ajouter."),
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

BY_EXERCISE: dict[str, tuple[Misconception, ...]] = {
    "make_embeddings": MAKE_EMBEDDINGS,
    "get_context_vector": GET_CONTEXT_VECTOR,
    "softmax": SOFTMAX,
    "forward": FORWARD,
    "sgd_step": SGD_STEP,
    "train": TRAIN,
    "generate": GENERATE,
}
