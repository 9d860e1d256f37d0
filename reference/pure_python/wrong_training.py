"""The misconceptions of lesson 6, one tuple an exercise, likeliest first.

    CACHE      hypothesis(ids, params) -> 27 numbers, the first of the two returned   wrong_forward.py
    BACKWARD   hypothesis(ids, target, params) -> dict of gradients                   wrong_backward.py
    UPDATE     hypothesis(params, grads, lr) -> what params hold after the call
    TRAIN      hypothesis(words, params, epochs, lr) -> (losses, what params hold after the call)
    SAMPLER    hypothesis(probs, temperature, draw) -> law of the next letter         wrong_generate.py

No hypothesis changes its arguments. Those of TRAIN know nothing of the order in which a student
shuffles: compare only where it cannot matter, with words that are all alike, or with lr = 0. The
first setting shows the wrong updates, the second, with words of different lengths and one of 9
letters at least, the wrong means (not the two of ORDER_MATTERS, whose answer depends on the order
there). Keep parameters and steps small (standard deviation 0.15, lr 0.02, a dozen positions):
uphill, the loss soon overflows.
"""

import copy
import math
from collections.abc import Callable
from typing import Any

from reference.pure_python.mini_llm import CONTEXT, char_to_id
from reference.pure_python.nothing_returned import NOTHING
from reference.pure_python.training import backward, forward_with_cache, sgd_update
from reference.pure_python.wrong_backward import BACKWARD
from reference.pure_python.wrong_forward import FORWARD
from reference.pure_python.wrong_generate import SAMPLER
from reference.text import Misconception, Text

Params = dict[str, Any]

# ---------------------------------------------------------------------------------------------
# forward_with_cache

CACHE: tuple[Misconception, ...] = (
    *FORWARD,
    Misconception(
        "cache_missing",
        Text(
            "Only the probabilities come back. Return two things: `return probs, cache`.",
            "Seules les probabilités reviennent. Renvoyez deux choses : `return probs, cache`.",
        ),
        seen_by="27 numbers where a pair is asked for",
    ),
    Misconception(
        "cache_first",
        Text(
            "The two answers have changed places: first the probabilities, then the cache.",
            "Les deux réponses sont inversées : d'abord les probabilités, puis le cache.",
        ),
        seen_by="the second of the pair is the list of probabilities",
    ),
    NOTHING,
)

# ---------------------------------------------------------------------------------------------
# sgd_update


def _changed(params: Params, grads: Params, change: Callable[[str, float, float], float]) -> Params:
    """`change(name, p, g)` of every parameter and its gradient, as a new dict."""
    after: Params = {}
    for name, value in params.items():
        if isinstance(value[0], (int, float)):
            after[name] = [change(name, p, g) for p, g in zip(value, grads[name], strict=True)]
        else:
            rows = zip(value, grads[name], strict=True)
            after[name] = [[change(name, p, g) for p, g in zip(a, b, strict=True)] for a, b in rows]
    return after


def _only(names: set[str]) -> Callable[[Params, Params, float], Params]:
    return lambda params, grads, lr: _changed(params, grads, lambda n, p, g: p - lr * g if n in names else p)


BIASES = {"b1", "b2"}
MATRICES = {"tok_emb", "pos_emb", "Wq", "Wk", "Wv", "W1", "W2", "W_out"}

UPDATE: tuple[Misconception, ...] = (
    Misconception(
        "uphill",
        Text(
            "The parameters move up the slope, so the loss grows. It is minus: p - lr * g.",
            "Les paramètres remontent la pente, la perte augmente. C'est moins : p - lr * g.",
        ),
        lambda params, grads, lr: _changed(params, grads, lambda n, p, g: p + lr * g),
    ),
    Misconception(
        "nothing_changed",
        Text(
            "The parameters are the same after the call. Giving a new value to a variable does not change the list: "
            "write `row[j] = ...`.",
            "Les paramètres sont les mêmes après l'appel. Donner une valeur à une variable ne change pas la liste : "
            "écrivez `row[j] = ...`.",
        ),
        lambda params, grads, lr: copy.deepcopy(params),
    ),
    Misconception(
        "biases_skipped",
        Text(
            "b1 and b2 do not change: they are vectors, without rows, and need their own branch.",
            "b1 et b2 ne changent pas : ce sont des vecteurs, sans lignes, il leur faut leur propre cas.",
        ),
        _only(MATRICES),
    ),
    Misconception(
        "matrices_skipped",
        Text(
            "Only b1 and b2 change. The other entries are lists of rows: go into each row.",
            "Seuls b1 et b2 changent. Les autres entrées sont des listes de lignes : entrez dans chaque ligne.",
        ),
        _only(BIASES),
    ),
    Misconception(
        "embeddings_skipped",
        Text(
            "tok_emb and pos_emb do not change. Embeddings are parameters like the others: they learn too.",
            "tok_emb et pos_emb ne changent pas. Les embeddings sont des paramètres comme les autres : ils apprennent "
            "aussi.",
        ),
        _only((MATRICES | BIASES) - {"tok_emb", "pos_emb"}),
    ),
    Misconception(
        "lr_ignored",
        Text(
            "The whole gradient is taken off. Multiply it by `lr` first.",
            "Le gradient entier est retiré. Multipliez-le d'abord par `lr`.",
        ),
        lambda params, grads, lr: _changed(params, grads, lambda n, p, g: p - g),
    ),
    Misconception(
        "divided_by_lr",
        Text(
            "The gradient is divided by `lr`, which makes huge steps. Multiply it.",
            "Le gradient est divisé par `lr`, ce qui fait des pas énormes. Multipliez-le.",
        ),
        lambda params, grads, lr: _changed(params, grads, lambda n, p, g: p - g / lr),
    ),
    Misconception(
        "replaced_by_step",
        Text(
            "The parameters became -lr * g. The step is added to what is there: p - lr * g.",
            "Les paramètres sont devenus -lr * g. Le pas s'ajoute à ce qui est là : p - lr * g.",
        ),
        lambda params, grads, lr: _changed(params, grads, lambda n, p, g: -lr * g),
    ),
    Misconception(
        "sign_of_gradient",
        Text(
            "Every parameter moves by the same length. The step is as long as its gradient, times `lr`.",
            "Chaque paramètre bouge de la même longueur. Le pas est proportionnel au gradient : lr * g.",
        ),
        lambda params, grads, lr: _changed(params, grads, lambda n, p, g: p - lr * ((g > 0) - (g < 0))),
    ),
    Misconception(
        "one_entry_only",
        Text(
            "Only the first entry of the dictionary changes: a `return` or `break` stands inside the loop.",
            "Seule la première entrée du dictionnaire change : un `return` ou un `break` est dans la boucle.",
        ),
        lambda params, grads, lr: _only({next(iter(params))})(params, grads, lr),
    ),
    Misconception(
        "grads_changed",
        Text(
            "The gradients have changed after the call: only the parameters should.",
            "Les gradients ont changé après l'appel : seuls les paramètres le doivent.",
        ),
        seen_by="grads after the call are not what they were",
    ),
)

# ---------------------------------------------------------------------------------------------
# train

Outcome = tuple[list[float], Params]


def _pairs(
    word: str, before: str = ".", after: str = ".", first: bool = False
) -> list[tuple[list[int], int]]:
    ids = [char_to_id[letter] for letter in before + word + after]
    return [(ids[:end][:CONTEXT] if first else ids[:end][-CONTEXT:], ids[end]) for end in range(1, len(ids))]


def _loss(seen: list[int], target: int, params: Params) -> float:
    return -math.log(forward_with_cache(seen, params)[0][target])


def _step(seen: list[int], target: int, params: Params, lr: float) -> None:
    probs, cache = forward_with_cache(seen, params)
    sgd_update(params, backward(cache, probs, target, params), lr)


def trained(
    words: list[str],
    params: Params,
    epochs: int,
    lr: float,
    *,
    before: str = ".",
    after: str = ".",
    first: bool = False,  # the first letters of a long word instead of the last
    loss_after: bool = False,
    updates: str = "position",  # position, word (its last position alone), none, uphill
    kept: str = "mean",  # mean, sum, last, words (mean of each word's mean), per_word (sum / words)
) -> Outcome:
    """Training in the given order under some wrong idea; with no switch set, a right one."""
    params = copy.deepcopy(params)
    history = []
    for _ in range(epochs):
        by_word = []
        for word in words:
            losses = []
            pairs = _pairs(word, before, after, first)
            for n, (seen, target) in enumerate(pairs):
                loss = _loss(seen, target, params)
                if updates in ("position", "uphill") or (updates == "word" and n == len(pairs) - 1):
                    _step(seen, target, params, -lr if updates == "uphill" else lr)
                losses.append(_loss(seen, target, params) if loss_after else loss)
            by_word.append(losses)
        flat = [loss for losses in by_word for loss in losses]
        history.append(
            {
                "mean": sum(flat) / len(flat),
                "sum": sum(flat),
                "last": flat[-1],
                "words": sum(sum(losses) / len(losses) for losses in by_word) / len(words),
                "per_word": sum(flat) / len(words),
            }[kept]
        )
    return history, params


def _copy_trained(words: list[str], params: Params, epochs: int, lr: float) -> Outcome:
    return trained(words, params, epochs, lr)[0], copy.deepcopy(params)


def _every_loss(words: list[str], params: Params, epochs: int, lr: float) -> Outcome:
    params, losses = copy.deepcopy(params), []
    for _ in range(epochs):
        for word in words:
            for seen, target in _pairs(word):
                losses.append(_loss(seen, target, params))
                _step(seen, target, params, lr)
    return losses, params


# Known only where all words are alike.
ORDER_MATTERS = frozenset({"last_loss_for_mean", "every_loss_returned"})

TRAIN: tuple[Misconception, ...] = (
    Misconception(
        "loss_after_update",
        Text(
            "The losses are measured after the update. Note each one before the correction, from the same forward pass.",
            "Les pertes sont mesurées après la mise à jour. Notez chacune avant la correction, dans la même passe avant.",
        ),
        lambda *a: trained(*a, loss_after=True),
    ),
    Misconception(
        "final_dot_forgotten",
        Text(
            "The final dot is never a target, so the model cannot learn to stop: wrap the word in a dot on each side.",
            "Le point final n'est jamais à deviner, le modèle n'apprend pas à s'arrêter : un point de chaque côté du mot.",
        ),
        lambda *a: trained(*a, after=""),
    ),
    Misconception(
        "first_letter_forgotten",
        Text(
            "The first letter is never a target: the word needs a dot in front too.",
            "La première lettre n'est jamais à deviner : il faut aussi un point devant le mot.",
        ),
        lambda *a: trained(*a, before=""),
    ),
    Misconception(
        "sum_for_mean",
        Text(
            "The losses of an epoch are added up. Divide by the number of positions.",
            "Les pertes d'une époque sont additionnées. Divisez par le nombre de devinettes.",
        ),
        lambda *a: trained(*a, kept="sum"),
    ),
    Misconception(
        "divided_by_words",
        Text(
            "The sum of the losses is divided by the number of words. Divide it by the number of positions.",
            "La somme des pertes est divisée par le nombre de mots. Divisez-la par le nombre de devinettes.",
        ),
        lambda *a: trained(*a, kept="per_word"),
    ),
    Misconception(
        "mean_of_word_means",
        Text(
            "Each word has the same weight in the mean. Take one mean over all positions.",
            "Chaque mot a le même poids dans la moyenne. Faites une seule moyenne sur toutes les devinettes.",
        ),
        lambda *a: trained(*a, kept="words"),
    ),
    Misconception(
        "last_loss_for_mean",
        Text(
            "Each epoch gives the loss of its last position. Take the mean over all its positions.",
            "Chaque époque donne la perte de sa dernière devinette. Prenez la moyenne de toutes.",
        ),
        lambda *a: trained(*a, kept="last"),
    ),
    Misconception(
        "every_loss_returned",
        Text(
            "The list has one loss for each position. One number an epoch is asked for: their mean.",
            "La liste contient une perte par devinette. On demande un nombre par époque : leur moyenne.",
        ),
        _every_loss,
    ),
    Misconception(
        "one_update_a_word",
        Text(
            "The model is updated once a word. Update it after every position: look at the indentation.",
            "Le modèle est corrigé une fois par mot. Corrigez-le après chaque devinette : regardez l'indentation.",
        ),
        lambda *a: trained(*a, updates="word"),
    ),
    Misconception(
        "never_updated",
        Text(
            "The parameters never change and the loss stays the same: call `sgd_update` with the gradients.",
            "Les paramètres ne changent jamais et la perte reste la même : appelez `sgd_update` avec les gradients.",
        ),
        lambda *a: trained(*a, updates="none"),
    ),
    Misconception(
        "copy_trained",
        Text(
            "The losses are right, but the parameters that were given have not changed: train them, not a copy.",
            "Les pertes sont justes, mais les paramètres donnés n'ont pas changé : entraînez-les, pas une copie.",
        ),
        _copy_trained,
    ),
    Misconception(
        "uphill",
        Text(
            "The loss grows: the learning rate has lost its sign, or the gradients have.",
            "La perte augmente : le pas d'apprentissage a perdu son signe, ou bien les gradients.",
        ),
        lambda *a: trained(*a, updates="uphill"),
    ),
    Misconception(
        "first_letters_kept",
        Text(
            "Long words are cut at the wrong end: the context is the last CONTEXT letters, not the first ones.",
            "Les mots longs sont coupés du mauvais côté : le contexte, ce sont les dernières lettres, pas les premières.",
        ),
        lambda *a: trained(*a, first=True),
    ),
    Misconception(
        "epochs_ignored",
        Text(
            "The words are read once whatever `epochs` is: a loop over the epochs goes around everything.",
            "Les mots sont lus une seule fois quel que soit `epochs` : il faut une boucle sur les époques autour de tout.",
        ),
        lambda words, params, epochs, lr: trained(words, params, 1, lr),
    ),
    Misconception(
        "words_changed",
        Text(
            "The list of words has changed: shuffle a copy, `list(words)`.",
            "La liste des mots a changé : mélangez une copie, `list(words)`.",
        ),
        seen_by="words after the call are not in the order they were",
    ),
    Misconception(
        "not_shuffled",
        Text(
            "The words come in the same order at every epoch: shuffle the copy with `random.shuffle`.",
            "Les mots viennent dans le même ordre à chaque époque : mélangez la copie avec `random.shuffle`.",
        ),
        seen_by="two seeds give exactly the same losses on words that differ",
    ),
    NOTHING,
)

BY_EXERCISE: dict[str, tuple[Misconception, ...]] = {
    "forward_with_cache": CACHE,
    "backward": BACKWARD,
    "sgd_update": UPDATE,
    "train": TRAIN,
    "generate": (*SAMPLER, NOTHING),
}
