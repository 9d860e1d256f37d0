"""The misconceptions of lesson 5, one tuple an exercise, likeliest first.

    COUNT         hypothesis(vocab_size, embed_dim, context, hidden_dim) -> int
    FORWARD       hypothesis(ids, params) -> 27 numbers                         wrong_forward.py
    TEMPERATURE   hypothesis(probs, temperature) -> list of numbers
    LOSS          hypothesis(words, params) -> float
    SAMPLER       hypothesis(probs, temperature, draw) -> law of next letter    wrong_generate.py

No hypothesis changes its arguments. A hypothesis may agree with the right answer on an input that
does not show it (one word, one letter, T = 1): compare with the right answer first. To tell all of
LOSS apart, give words of different lengths, one of them of 9 letters at least; all of TEMPERATURE,
probabilities with a zero among them and a T above 2; all of COUNT, four sizes of which
no two are equal, other than the lesson's.
"""

import math
from collections.abc import Callable
from typing import Any

from reference.pure_python.mini_llm import CONTEXT, apply_temperature, char_to_id, forward_llm, softmax
from reference.pure_python.nothing_returned import NOTHING
from reference.pure_python.wrong_forward import FORWARD
from reference.pure_python.wrong_generate import SAMPLER
from reference.text import Misconception, Text

# ---------------------------------------------------------------------------------------------
# count_parameters


def _count(v: int, d: int, c: int, h: int) -> int:
    return 2 * v * d + c * d + 3 * d * d + 2 * h * d + h + d


COUNT: tuple[Misconception, ...] = (
    Misconception(
        "biases_forgotten",
        Text(
            "The two biases are missing: b1 holds hidden_dim numbers, b2 holds embed_dim.",
            "Il manque les deux biais : b1 contient hidden_dim nombres, b2 en contient embed_dim.",
        ),
        lambda v, d, c, h: _count(v, d, c, h) - h - d,
    ),
    Misconception(
        "positions_forgotten",
        Text(
            "The positions are missing: pos_emb holds context × embed_dim numbers.",
            "Il manque les positions : pos_emb contient context × embed_dim nombres.",
        ),
        lambda v, d, c, h: _count(v, d, c, h) - c * d,
    ),
    Misconception(
        "projection_forgotten",
        Text(
            "The projection is missing: W_out holds vocab_size × embed_dim numbers of its own.",
            "Il manque la projection : W_out contient vocab_size × embed_dim nombres à elle.",
        ),
        lambda v, d, c, h: _count(v, d, c, h) - v * d,
    ),
    Misconception(
        "one_attention_matrix",
        Text(
            "Only one attention matrix is counted; there are three: Wq, Wk and Wv.",
            "Une seule matrice d'attention est comptée ; il y en a trois : Wq, Wk et Wv.",
        ),
        lambda v, d, c, h: _count(v, d, c, h) - 2 * d * d,
    ),
    Misconception(
        "fourth_attention_matrix",
        Text(
            "Four attention matrices are counted. Many models have a fourth one, for the output; ours has Wq, Wk, Wv alone.",
            "Quatre matrices d'attention sont comptées. Beaucoup de modèles en ont une quatrième, en sortie ; "
            "le nôtre n'a que Wq, Wk, Wv.",
        ),
        lambda v, d, c, h: _count(v, d, c, h) + d * d,
    ),
    Misconception(
        "mlp_counted_once",
        Text(
            "Only one matrix of the MLP is counted; there are two, W1 and W2.",
            "Une seule matrice du MLP est comptée ; il y en a deux, W1 et W2.",
        ),
        lambda v, d, c, h: _count(v, d, c, h) - h * d,
    ),
    Misconception(
        "attention_not_square",
        Text(
            "Wq, Wk and Wv are counted as rows of embed_dim numbers. They are squares: embed_dim × embed_dim each.",
            "Wq, Wk et Wv sont comptées comme de simples lignes. Ce sont des carrés : embed_dim × embed_dim chacune.",
        ),
        lambda v, d, c, h: _count(v, d, c, h) - 3 * d * d + 3 * d,
    ),
    Misconception(
        "output_bias_counted",
        Text(
            "There are vocab_size numbers too many: the projection has no bias here.",
            "Il y a vocab_size nombres de trop : la projection n'a pas de biais ici.",
        ),
        lambda v, d, c, h: _count(v, d, c, h) + v,
    ),
    Misconception(
        "sizes_added",
        Text(
            "The sizes of a matrix are added. A matrix of 27 rows of 16 numbers holds 27 × 16 of them.",
            "Les dimensions d'une matrice sont additionnées. 27 lignes de 16 nombres, cela fait 27 × 16 nombres.",
        ),
        lambda v, d, c, h: 2 * (v + d) + (c + d) + 3 * (d + d) + 2 * (h + d) + h + d,
    ),
    Misconception(
        "arguments_ignored",
        Text(
            "The answer is always the one for our machine: use the four arguments, not the constants.",
            "La réponse est toujours celle de notre machine : utilisez les quatre arguments, pas les constantes.",
        ),
        lambda v, d, c, h: 2832,
    ),
    NOTHING,
)

# ---------------------------------------------------------------------------------------------
# apply_temperature


def _share(numbers: list[float]) -> list[float]:
    """Numbers over their sum."""
    total = sum(numbers)
    return [x / total for x in numbers]


TEMPERATURE: tuple[Misconception, ...] = (
    Misconception(
        "power_inverted",
        Text(
            "The power is T. It should be 1/T: a low temperature makes the favourite stronger.",
            "La puissance est T. Elle doit être 1/T : une température basse renforce le favori.",
        ),
        lambda probs, t: apply_temperature(probs, 1 / t),
    ),
    Misconception(
        "not_renormalised",
        Text(
            "The powers come back as they are. Divide them by their sum, so that the total is 1 again.",
            "Les puissances reviennent telles quelles. Divisez-les par leur somme, pour que le total refasse 1.",
        ),
        lambda probs, t: [p ** (1 / t) for p in probs],
    ),
    Misconception(
        "divided_not_raised",
        Text(
            "Dividing probabilities by T and then by their sum changes nothing. Raise them to the power 1/T.",
            "Diviser les probabilités par T puis par leur somme ne change rien. Élevez-les à la puissance 1/T.",
        ),
        lambda probs, t: _share(list(probs)),
    ),
    Misconception(
        "divided_only",
        Text(
            "The probabilities are divided by T. Raise them to the power 1/T, then divide by the sum.",
            "Les probabilités sont divisées par T. Élevez-les à la puissance 1/T, puis divisez par la somme.",
        ),
        lambda probs, t: [p / t for p in probs],
    ),
    Misconception(
        "softmax_of_probabilities",
        Text(
            "The softmax of p/T is for scores. Here you have probabilities: raise them to the power 1/T.",
            "Le softmax de p/T est fait pour des scores. Ici ce sont des probabilités : élevez-les à la puissance 1/T.",
        ),
        lambda probs, t: softmax([p / t for p in probs]),
    ),
    Misconception(
        "zeros_revived",
        Text(
            "An impossible letter has become possible: with p + 1e-10 in the logarithm, a zero does not stay zero.",
            "Une lettre impossible est devenue possible : avec p + 1e-10 dans le logarithme, un zéro ne reste pas zéro.",
        ),
        lambda probs, t: softmax([math.log(p + 1e-10) / t for p in probs]),
    ),
    Misconception(
        "divided_by_largest",
        Text(
            "The powers are divided by the largest of them. Divide by their sum, so that the total is 1.",
            "Les puissances sont divisées par la plus grande. Divisez par leur somme, pour que le total soit 1.",
        ),
        lambda probs, t: [(p / max(probs)) ** (1 / t) for p in probs],
    ),
    Misconception(
        "always_squared",
        Text(
            "The power is always 2, as in the example for T = 0.5. It should be 1/T.",
            "La puissance est toujours 2, comme dans l'exemple pour T = 0,5. Elle doit être 1/T.",
        ),
        lambda probs, t: _share([p**2 for p in probs]),
    ),
    Misconception(
        "probs_changed",
        Text(
            "The list that was given has changed after the call: make a new list.",
            "La liste donnée a changé après l'appel : faites une nouvelle liste.",
        ),
        seen_by="probs after the call are not what they were",
    ),
    Misconception(
        "zero_crashes",
        Text(
            "A probability of 0 stops the function: the logarithm of 0 does not exist, but 0 to any power is 0.",
            "Une probabilité de 0 arrête la fonction : le logarithme de 0 n'existe pas, mais 0 puissance n'importe quoi "
            "donne 0.",
        ),
        seen_by="ValueError where a probability is zero",
    ),
    NOTHING,
)

# ---------------------------------------------------------------------------------------------
# mean_loss

Pair = tuple[list[int], int]  # what the model sees, what it has to guess


def _ids(text: str) -> list[int]:
    return [char_to_id[letter] for letter in text]


def _pairs(
    ids: list[int], see: Callable[[list[int]], list[int]] = lambda past: past[-CONTEXT:]
) -> list[Pair]:
    return [(see(ids[:end]), ids[end]) for end in range(1, len(ids))]


def _losses(pairs: list[Pair], params: Any) -> list[float]:
    return [-math.log(forward_llm(seen, params)[target]) for seen, target in pairs]


def _mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers)


def _right(words: list[str], params: Any) -> list[list[float]]:
    """Losses of every position, word by word."""
    return [_losses(_pairs(_ids(f".{word}.")), params) for word in words]


def _all(words: list[str], params: Any) -> list[float]:
    return [loss for losses in _right(words, params) for loss in losses]


def _seeing(see: Callable[[list[int]], list[int]]) -> Callable[[list[str], Any], float]:
    """Mean loss of a model that is shown something else than the last CONTEXT letters."""
    return lambda words, params: _mean(
        [x for w in words for x in _losses(_pairs(_ids(f".{w}."), see), params)]
    )


def _wrapped(before: str, after: str) -> Callable[[list[str], Any], float]:
    """Mean loss over words with other dots than one on each side."""
    return lambda words, params: _mean(
        [x for w in words for x in _losses(_pairs(_ids(before + w + after)), params)]
    )


LOSS: tuple[Misconception, ...] = (
    Misconception(
        "final_dot_forgotten",
        Text(
            "The final dot is never guessed. Knowing where a name ends counts too: wrap the word in a dot on each side.",
            "Le point final n'est jamais à deviner. Savoir finir un prénom compte aussi : un point de chaque côté du mot.",
        ),
        _wrapped(".", ""),
    ),
    Misconception(
        "first_letter_forgotten",
        Text(
            "The first letter is never guessed: the word needs a dot in front too.",
            "La première lettre n'est jamais à deviner : il faut aussi un point devant le mot.",
        ),
        _wrapped("", "."),
    ),
    Misconception(
        "mean_of_word_means",
        Text(
            "Each word has the same weight. Take one mean over all positions: long words count more than short ones.",
            "Chaque mot a le même poids. Faites une seule moyenne sur toutes les devinettes : les mots longs comptent plus.",
        ),
        lambda words, params: _mean([_mean(losses) for losses in _right(words, params)]),
    ),
    Misconception(
        "sum_for_mean",
        Text(
            "The losses are added up. Divide the sum by the number of positions.",
            "Les pertes sont additionnées. Divisez la somme par le nombre de devinettes.",
        ),
        lambda words, params: sum(_all(words, params)),
    ),
    Misconception(
        "divided_by_words",
        Text(
            "The sum is divided by the number of words. Divide it by the number of positions.",
            "La somme est divisée par le nombre de mots. Divisez-la par le nombre de devinettes.",
        ),
        lambda words, params: sum(_all(words, params)) / len(words),
    ),
    Misconception(
        "sign_forgotten",
        Text(
            "The loss is negative. A logarithm of a probability is negative: put a minus in front.",
            "La perte est négative. Le logarithme d'une probabilité est négatif : mettez un moins devant.",
        ),
        lambda words, params: -_mean(_all(words, params)),
    ),
    Misconception(
        "log_of_the_mean",
        Text(
            "The probabilities are averaged before the logarithm. Take the logarithm of each one, then the mean.",
            "Les probabilités sont moyennées avant le logarithme. Prenez le logarithme de chacune, puis la moyenne.",
        ),
        lambda words, params: -math.log(_mean([math.exp(-x) for x in _all(words, params)])),
    ),
    Misconception(
        "other_logarithm",
        Text(
            "The logarithm is the one to base 2 (bits). We count with the natural one: `math.log`.",
            "Le logarithme est celui de base 2 (des bits). Nous comptons avec le naturel : `math.log`.",
        ),
        lambda words, params: _mean(_all(words, params)) / math.log(2),
    ),
    Misconception(
        "first_letters_kept",
        Text(
            "Long words are cut at the wrong end: the context is the last CONTEXT letters, not the first ones.",
            "Les mots longs sont coupés du mauvais côté : le contexte, ce sont les dernières lettres, pas les premières.",
        ),
        _seeing(lambda past: past[:CONTEXT]),
    ),
    Misconception(
        "last_letter_only",
        Text(
            "The model sees the last letter alone. Give it up to CONTEXT letters.",
            "Le modèle ne voit que la dernière lettre. Donnez-lui jusqu'à CONTEXT lettres.",
        ),
        _seeing(lambda past: past[-1:]),
    ),
    Misconception(
        "context_one_short",
        Text(
            "The model sees one letter less than it could: the context holds CONTEXT letters.",
            "Le modèle voit une lettre de moins que possible : le contexte contient CONTEXT lettres.",
        ),
        _seeing(lambda past: past[-CONTEXT + 1 :]),
    ),
    Misconception(
        "context_padded",
        Text(
            "Short contexts are filled up with dots. There is no padding here: give the letters that exist, from 1 to 8.",
            "Les contextes courts sont remplis de points. Ici pas de remplissage : donnez les lettres présentes, de 1 à 8.",
        ),
        _seeing(lambda past: [0] * (CONTEXT - len(past)) + past[-CONTEXT:]),
    ),
    Misconception(
        "first_word_only",
        Text(
            "Only the first word counts: the `return` line stands inside the loop over the words.",
            "Seul le premier mot compte : la ligne `return` est à l'intérieur de la boucle sur les mots.",
        ),
        lambda words, params: _mean(_all(words[:1], params)),
    ),
    NOTHING,
)

BY_EXERCISE: dict[str, tuple[Misconception, ...]] = {
    "count_parameters": COUNT,
    "forward_llm": (*FORWARD, NOTHING),
    "apply_temperature": TEMPERATURE,
    "mean_loss": LOSS,
    "generate": (*SAMPLER, NOTHING),
}
