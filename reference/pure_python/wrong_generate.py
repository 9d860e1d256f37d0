"""Wrong samplers of lessons 5 and 6: `hypothesis(probs, temperature, draw)` is the law of the next letter.

`probs` are the 27 probabilities that the model gives after the last 8 of `draw.ids`; a right
`generate` draws from `apply_temperature(probs, temperature)`. `draw` tells the rest: the ids so far
and what the model *would* say after any other 1 to 8 ids. The answer is a list of 27 probabilities.

With a model known for every context, the law of a whole text is the product of these along its
letters. To tell all ideas apart the model must look at the whole context and its order, and the
text must have more than 8 ids at some draw. All of them stop at the dot. The last ideas change no
law and are known by another sign.
"""

from collections.abc import Callable
from dataclasses import dataclass

from reference.pure_python.mini_llm import CONTEXT, VOCAB_SIZE, apply_temperature, softmax
from reference.text import Misconception, Text


@dataclass(frozen=True)
class Draw:
    """Where a sampler stands just before it draws one letter.

    Parameters
    ----------
    ids : tuple of int
        The start, its leading dot included, and the letters drawn so far.
    start_len : int
        How many of them are the start's.
    next_probs : callable
        The model: 1 to 8 ids -> 27 probabilities.
    """

    ids: tuple[int, ...]
    start_len: int
    next_probs: Callable[[tuple[int, ...]], list[float]]


def right_distribution(probs: list[float], temperature: float, draw: Draw) -> list[float]:
    """The law of a right sampler."""
    return apply_temperature(probs, temperature)


def _one_hot(index: int) -> list[float]:
    return [float(i == index) for i in range(VOCAB_SIZE)]


def _after(ids: tuple[int, ...], temperature: float, draw: Draw) -> list[float]:
    """Law of a sampler that shows the model other ids than it should."""
    return apply_temperature(draw.next_probs(ids), temperature)


def _first_dot_refused(probs: list[float], temperature: float, draw: Draw) -> list[float]:
    law = apply_temperature(probs, temperature)
    if len(draw.ids) == draw.start_len:
        law[0] = 0.0
    return [p / sum(law) for p in law]


def _drawn_once(probs: list[float], temperature: float, draw: Draw) -> list[float]:
    if len(draw.ids) > draw.start_len:
        return _one_hot(draw.ids[draw.start_len])
    return apply_temperature(probs, temperature)


SAMPLER: tuple[Misconception, ...] = (
    Misconception(
        "greedy",
        Text(
            "The likeliest letter is always taken. It has to be drawn at random: look at `random.choices` and its weights.",
            "La lettre la plus probable est toujours prise. Il faut tirer au sort : regardez `random.choices` et ses "
            "poids (weights).",
        ),
        lambda probs, temperature, draw: _one_hot(max(range(VOCAB_SIZE), key=lambda i: probs[i])),
    ),
    Misconception(
        "uniform",
        Text(
            "All letters are drawn with the same chance. Give the probabilities to `random.choices` as `weights`.",
            "Toutes les lettres ont la même chance. Donnez les probabilités à `random.choices` comme `weights`.",
        ),
        lambda probs, temperature, draw: [1 / VOCAB_SIZE] * VOCAB_SIZE,
    ),
    Misconception(
        "temperature_ignored",
        Text(
            "The temperature changes nothing: apply it to the probabilities before the draw.",
            "La température ne change rien : appliquez-la aux probabilités avant le tirage.",
        ),
        lambda probs, temperature, draw: probs,
    ),
    Misconception(
        "temperature_inverted",
        Text(
            "The temperature works the wrong way round: a high one should make the letters more equal. The power is 1/T.",
            "La température agit à l'envers : élevée, elle doit rendre les lettres plus égales. La puissance est 1/T.",
        ),
        lambda probs, temperature, draw: apply_temperature(probs, 1 / temperature),
    ),
    Misconception(
        "softmax_of_probabilities",
        Text(
            "The probabilities are put through softmax once more, which makes them nearly equal. Raise them to the power 1/T.",
            "Les probabilités repassent dans softmax, ce qui les rend presque égales. Élevez-les à la puissance 1/T.",
        ),
        lambda probs, temperature, draw: softmax([p / temperature for p in probs]),
    ),
    Misconception(
        "start_not_fed",
        Text(
            "The model never sees the start: the ids should begin with all the letters of `start`.",
            "Le modèle ne voit jamais le début : les numéros doivent commencer par toutes les lettres de `start`.",
        ),
        lambda probs, temperature, draw: _after(
            (0, *draw.ids[draw.start_len :])[-CONTEXT:], temperature, draw
        ),
    ),
    Misconception(
        "drawn_letters_not_fed",
        Text(
            "The model never sees the letters it has drawn: append each one to the ids before the next round.",
            "Le modèle ne voit jamais les lettres tirées : ajoutez chacune aux numéros avant le tour suivant.",
        ),
        lambda probs, temperature, draw: _after(draw.ids[: draw.start_len][-CONTEXT:], temperature, draw),
    ),
    Misconception(
        "last_letter_only",
        Text(
            "The model sees the last letter alone. Give it up to CONTEXT letters: `ids[-CONTEXT:]`.",
            "Le modèle ne voit que la dernière lettre. Donnez-lui jusqu'à CONTEXT lettres : `ids[-CONTEXT:]`.",
        ),
        lambda probs, temperature, draw: _after(draw.ids[-1:], temperature, draw),
    ),
    Misconception(
        "first_letters_kept",
        Text(
            "Long texts are cut at the wrong end: the model needs the last CONTEXT letters, not the first ones.",
            "Les textes longs sont coupés du mauvais côté : le modèle a besoin des dernières lettres, pas des premières.",
        ),
        lambda probs, temperature, draw: _after(draw.ids[:CONTEXT], temperature, draw),
    ),
    Misconception(
        "context_one_short",
        Text(
            "The model sees one letter less than it could: `ids[-CONTEXT:]` holds 8 of them.",
            "Le modèle voit une lettre de moins que possible : `ids[-CONTEXT:]` en contient 8.",
        ),
        lambda probs, temperature, draw: _after(draw.ids[-CONTEXT + 1 :], temperature, draw),
    ),
    Misconception(
        "drawn_once",
        Text(
            "One letter is drawn and then repeated: the model has to be asked and the letter drawn anew in each round.",
            "Une lettre est tirée, puis répétée : à chaque tour il faut interroger le modèle et tirer de nouveau.",
        ),
        _drawn_once,
    ),
    Misconception(
        "temperature_once",
        Text(
            "The temperature acts on the first letter alone: apply it in each round, before every draw.",
            "La température n'agit que sur la première lettre : appliquez-la à chaque tour, avant chaque tirage.",
        ),
        lambda probs, temperature, draw: (
            probs if len(draw.ids) > draw.start_len else apply_temperature(probs, temperature)
        ),
    ),
    Misconception(
        "never_empty",
        Text(
            "The dot is never drawn first. It has its probability there too: the text may be empty.",
            "Le point n'est jamais tiré en premier. Là aussi il a sa probabilité : le texte peut être vide.",
        ),
        _first_dot_refused,
    ),
    Misconception(
        "context_not_cut",
        Text(
            "Beyond 8 letters the function stops with an error: give the model `ids[-CONTEXT:]`.",
            "Au-delà de 8 lettres la fonction s'arrête sur une erreur : donnez au modèle `ids[-CONTEXT:]`.",
        ),
        seen_by="the model is asked about more than CONTEXT ids",
    ),
    Misconception(
        "goes_on_after_dot",
        Text(
            "The text goes on after the dot: leave the loop when the drawn letter is the dot.",
            "Le texte continue après le point : quittez la boucle quand la lettre tirée est le point.",
        ),
        seen_by="a model that wants to stop at once is not obeyed",
    ),
    Misconception(
        "max_len_ignored",
        Text(
            "`max_len` is not obeyed: at most that many letters may be added.",
            "`max_len` n'est pas respecté : on ajoute au plus ce nombre de lettres.",
        ),
        seen_by="more than max_len letters are added",
    ),
    Misconception(
        "max_len_counts_start",
        Text(
            "`max_len` is taken for the length of the whole text. It counts the letters that are added to `start`.",
            "`max_len` est pris pour la longueur du texte entier. Il compte les lettres ajoutées à `start`.",
        ),
        seen_by="with a start, a model that never stops adds fewer than max_len letters",
    ),
    Misconception(
        "leading_dot_kept",
        Text(
            "The leading dot is still there: return the text from its second character on.",
            "Le point du départ est encore là : rendez le texte à partir de son deuxième caractère.",
        ),
        seen_by="the text begins with a dot",
    ),
    Misconception(
        "final_dot_kept",
        Text(
            "The final dot is part of the text: look at the order of the two lines, stop and append.",
            "Le point final fait partie du texte : regardez l'ordre des deux lignes, s'arrêter et ajouter.",
        ),
        seen_by="the text ends with a dot",
    ),
    Misconception(
        "start_missing",
        Text(
            "Only the new letters come back. The text should begin with the letters of `start`.",
            "Seules les nouvelles lettres reviennent. Le texte doit commencer par les lettres de `start`.",
        ),
        seen_by="the text does not begin with the start's letters",
    ),
    Misconception(
        "list_returned",
        Text(
            "A list comes back where a text is asked for: join the letters with `''.join(...)`.",
            "C'est une liste qui revient, pas un texte : assemblez les lettres avec `''.join(...)`.",
        ),
        seen_by="a type other than str",
    ),
    Misconception(
        "reseeded",
        Text(
            "Every call gives the same text: `random.seed` does not belong inside the function.",
            "Chaque appel donne le même texte : `random.seed` n'a pas sa place dans la fonction.",
        ),
        seen_by="the seed set before the call changes nothing",
    ),
    Misconception(
        "other_generator",
        Text(
            "A seed set before the call is not obeyed: draw with the functions of the `random` module itself.",
            "Une graine fixée avant l'appel n'est pas suivie : tirez avec les fonctions du module `random` lui-même.",
        ),
        seen_by="the same seed gives different texts",
    ),
)
