"""The misconceptions of lesson 3 about writing names, likeliest first.

    GENERATE   hypothesis(text, embeddings, W, b) -> probabilities (27,) of the next letter, where a
               right answer has written `text` (letters, no dots) and draws from `law`

All of them stop at "." and at `max_len`, so the law of a whole name is the product of the laws
along its letters, and one sample of names tells which hypothesis has the higher likelihood.
"""

from reference.pure_python.embeddings import (
    VOCAB_SIZE,
    Matrix,
    Vector,
    char_to_id,
    forward,
    get_context_vector,
    softmax,
)
from reference.pure_python.nothing_returned import NOTHING
from reference.text import Misconception, Text


def law(text: str, embeddings: Matrix, W: Matrix, b: Vector) -> list[float]:
    """Right law (27,) of the letter drawn after the letters `text`."""
    return softmax(_scores(f".{text}", embeddings, W, b))


def _scores(seen: str, embeddings: Matrix, W: Matrix, b: Vector) -> list[float]:
    return forward(get_context_vector(seen, len(seen), embeddings), W, b)


def _shares(weights: Vector) -> list[float]:
    """Weights over their sum; all 0 where every weight is 0, of which nothing can be drawn."""
    total = sum(weights) or 1.0
    return [w / total for w in weights]


def _certain(best: int) -> list[float]:
    return [float(j == best) for j in range(VOCAB_SIZE)]


def _greedy(text: str, embeddings: Matrix, W: Matrix, b: Vector) -> list[float]:
    probs = law(text, embeddings, W, b)
    return _certain(probs.index(max(probs)))


GENERATE: tuple[Misconception, ...] = (
    Misconception(
        "greedy",
        Text(
            "The most likely letter is always taken, so every name is the same. Draw lots: look for a `max`.",
            "La lettre la plus probable est toujours prise : tous les prénoms sont les mêmes. "
            "Il faut tirer au sort : cherchez un `max`.",
        ),
        _greedy,
    ),
    Misconception(
        "uniform",
        Text(
            "All letters come equally often, as if the model did not matter. Give its probabilities to the draw: "
            "`weights=probs`.",
            "Toutes les lettres viennent aussi souvent, comme si le modèle ne comptait pas. "
            "Donnez ses probabilités au tirage : `weights=probs`.",
        ),
        lambda text, embeddings, W, b: [1.0 / VOCAB_SIZE] * VOCAB_SIZE,
    ),
    Misconception(
        "context_frozen",
        Text(
            "Each letter is drawn as if it were the first. Compute the context inside the loop, from the text so far.",
            "Chaque lettre est tirée comme si c'était la première. "
            "Calculez le contexte dans la boucle, à partir du texte déjà écrit.",
        ),
        lambda text, embeddings, W, b: law("", embeddings, W, b),
    ),
    Misconception(
        "last_letter_only",
        Text(
            "Only the last letter is looked at: the text is replaced instead of lengthened. Use `+=`.",
            "Seule la dernière lettre est regardée : le texte est remplacé au lieu d'être allongé. "
            "Utilisez `+=`.",
        ),
        lambda text, embeddings, W, b: law(text[-1:], embeddings, W, b),
    ),
    Misconception(
        "one_letter_behind",
        Text(
            "The window ends before the letter just drawn. The position to guess is `len(text)`, not "
            "`len(text) - 1`.",
            "La fenêtre s'arrête avant la lettre qui vient d'être tirée. La position à deviner est `len(text)`, "
            "pas `len(text) - 1`.",
        ),
        lambda text, embeddings, W, b: law(text[:-1], embeddings, W, b),
    ),
    Misconception(
        "softmax_twice",
        Text(
            "Softmax is applied twice, which makes all letters nearly equal. Keep one.",
            "Softmax est appliquée deux fois, ce qui rend toutes les lettres presque égales. Gardez-en une.",
        ),
        lambda text, embeddings, W, b: softmax(law(text, embeddings, W, b)),
    ),
    Misconception(
        "scores_as_weights",
        Text(
            "Letters are drawn by their scores (negative ones never come). Turn the scores into probabilities "
            "with softmax.",
            "Les lettres sont tirées selon leurs scores (les négatifs ne sortent jamais). "
            "Changez les scores en probabilités avec softmax.",
        ),
        lambda text, embeddings, W, b: _shares([max(0.0, s) for s in _scores(f".{text}", embeddings, W, b)]),
    ),
    Misconception(
        "dot_never_drawn",
        Text(
            "The dot is never drawn, so no name ends by itself. It is one of the 27 letters: leave it in the draw.",
            "Le point n'est jamais tiré : aucun prénom ne finit de lui-même. "
            "C'est l'une des 27 lettres : laissez-le dans le tirage.",
        ),
        lambda text, embeddings, W, b: _shares([0.0, *law(text, embeddings, W, b)[1:]]),
    ),
    Misconception(
        "draws_once",
        Text(
            "One letter is drawn and then repeated. The draw belongs inside the loop: each letter needs its own.",
            "Une seule lettre est tirée, puis répétée. Le tirage a sa place dans la boucle : "
            "à chaque lettre le sien.",
        ),
        lambda text, embeddings, W, b: _certain(char_to_id[text[0]]) if text else law("", embeddings, W, b),
    ),
    Misconception(
        "probabilities_squared",
        Text(
            "Likely letters come too often, as with squared probabilities. "
            "Use the probabilities once, as they are.",
            "Les lettres probables viennent trop souvent, comme si les probabilités étaient au carré. "
            "Utilisez-les une fois, telles quelles.",
        ),
        lambda text, embeddings, W, b: _shares([p * p for p in law(text, embeddings, W, b)]),
    ),
    Misconception(
        "goes_on_after_dot",
        Text(
            "The name goes on after a dot. When the dot is drawn it is over: look at what ends your loop.",
            "Le prénom continue après un point. Quand le point sort, c'est fini : "
            "regardez ce qui arrête votre boucle.",
        ),
        seen_by="letters where the dot is certain at the third place, and never after",
    ),
    Misconception(
        "max_len_ignored",
        Text(
            "The name is longer than `max_len`. A model that never draws a dot would write forever: "
            "bound your loop.",
            "Le prénom est plus long que `max_len`. Un modèle qui ne tire jamais le point écrirait sans fin : "
            "bornez votre boucle.",
        ),
        seen_by="more than max_len letters from a model that never draws the dot",
    ),
    Misconception(
        "one_letter_short",
        Text(
            "The name stops one letter before `max_len`: the leading dot is counted as a letter.",
            "Le prénom s'arrête une lettre avant `max_len` : le point du début est compté comme une lettre.",
        ),
        seen_by="max_len - 1 letters from a model that never draws the dot",
    ),
    Misconception(
        "dots_in_text",
        Text(
            "The name contains dots. They are for the model: leave them out of what you return.",
            "Le prénom contient des points. Ils sont pour le modèle : retirez-les de ce que vous rendez.",
        ),
        seen_by='a "." in the text',
    ),
    Misconception(
        "list_returned",
        Text(
            'The function returns a list. A text is expected: `"".join(letters)`.',
            'La fonction renvoie une liste. On attend un texte : `"".join(lettres)`.',
        ),
        seen_by="type list or tuple",
    ),
    Misconception(
        "reseeded",
        Text(
            "Every call writes the same name: the random generator is seeded inside the function. "
            "A seed is set once, by the caller.",
            "Chaque appel écrit le même prénom : la graine du hasard est fixée dans la fonction. "
            "Une graine se fixe une fois, par l'appelant.",
        ),
        seen_by="the same name under many different seeds",
    ),
    Misconception(
        "other_generator",
        Text(
            "The same seed gives different names: the draw does not come from the module `random` itself. "
            "Look for `SystemRandom`, `secrets` or `Random()`.",
            "La même graine donne des prénoms différents : le tirage ne vient pas du module `random` lui-même. "
            "Cherchez `SystemRandom`, `secrets` ou `Random()`.",
        ),
        seen_by="different names under one seed",
    ),
    NOTHING,
)
