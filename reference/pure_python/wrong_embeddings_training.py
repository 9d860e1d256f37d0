"""The misconceptions of lesson 3 about training, likeliest first.

    TRAIN   hypothesis(words, embeddings, W, b, epochs, lr) -> (history returned, W after, b after)

No hypothesis changes its arguments: what a student does in place comes back as new lists.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from reference.pure_python.embeddings import Matrix, Vector, char_to_id, get_context_vector, sgd_step
from reference.pure_python.nothing_returned import NOTHING
from reference.text import Misconception, Text

Step = tuple[Any, list[list[float]], list[float]]


def _passes(
    words: Sequence[str],
    embeddings: Matrix,
    W: list,
    b: list,
    epochs: int,
    lr: float,
    first: int = 1,
    end: int = 0,
) -> Iterator[list[list[float]]]:
    """For each epoch the losses by word, stepping at positions `first` to the length less `end`."""
    for _ in range(epochs):
        by_word = []
        for word in words:
            wrapped = f".{word}."
            places = range(first, len(wrapped) - end)
            contexts = [get_context_vector(wrapped, place, embeddings) for place in places]
            targets = [char_to_id[wrapped[place]] for place in places]
            by_word.append([sgd_step(c, t, W, b, lr) for c, t in zip(contexts, targets, strict=True)])
        yield by_word


def _mean(by_word: list[list[float]]) -> float:
    losses = [loss for losses in by_word for loss in losses]
    return sum(losses) / len(losses)


def _history(told: Callable[[list], Any], **places: int) -> Callable[..., Step]:
    """Training that returns `told(the losses of each epoch, by word)`."""

    def hypothesis(
        words: Sequence[str], embeddings: Matrix, W: Matrix, b: Vector, epochs: int, lr: float
    ) -> Step:
        new_W, new_b = [list(row) for row in W], list(b)
        passes = list(_passes(words, embeddings, new_W, new_b, epochs, lr, **places))
        return told(passes), new_W, new_b

    return hypothesis


def _one_epoch(
    words: Sequence[str], embeddings: Matrix, W: Matrix, b: Vector, epochs: int, lr: float
) -> Step:
    return _history(lambda passes: [_mean(p) for p in passes])(words, embeddings, W, b, 1, lr)


def _on_copies(
    words: Sequence[str], embeddings: Matrix, W: Matrix, b: Vector, epochs: int, lr: float
) -> Step:
    history, _, _ = _history(lambda passes: [_mean(p) for p in passes])(words, embeddings, W, b, epochs, lr)
    return history, [list(row) for row in W], list(b)


def _sorted_words(
    words: Sequence[str], embeddings: Matrix, W: Matrix, b: Vector, epochs: int, lr: float
) -> Step:
    means = _history(lambda passes: [_mean(p) for p in passes])
    return means(sorted(words), embeddings, W, b, epochs, lr)


def _running(passes: list) -> list[float]:
    means = [_mean(p) for p in passes]
    return [sum(means[: i + 1]) / (i + 1) for i in range(len(means))]


def _growing(passes: list) -> list[float]:
    means = [_mean(p) for p in passes]
    return [sum(means[: i + 1]) for i in range(len(means))]


TRAIN: tuple[Misconception, ...] = (
    Misconception(
        "final_dot_missing",
        Text(
            "The final dot is never a target, so the model never learns to end a name. "
            "Look at where your loop over positions ends.",
            "Le point final n'est jamais à deviner : le modèle n'apprend jamais à finir un prénom. "
            "Regardez où s'arrête votre boucle sur les positions.",
        ),
        _history(lambda passes: [_mean(p) for p in passes], end=1),
    ),
    Misconception(
        "leading_dot_a_target",
        Text(
            "The leading dot is a target too. Every name begins with it, there is nothing to guess: "
            "start at position 1.",
            "Le point du début est lui aussi à deviner. Tout prénom commence par lui, il n'y a rien à deviner : "
            "partez de la position 1.",
        ),
        _history(lambda passes: [_mean(p) for p in passes], first=0),
    ),
    Misconception(
        "first_letter_missing",
        Text(
            "The first letter is never a target, so the model never learns how names begin. Start at position 1.",
            "La première lettre n'est jamais à deviner : le modèle n'apprend jamais comment commence un prénom. "
            "Partez de la position 1.",
        ),
        _history(lambda passes: [_mean(p) for p in passes], first=2),
    ),
    Misconception(
        "sum_for_mean",
        Text(
            "The losses of an epoch are added up. Their mean is expected: divide by the number of positions.",
            "Les pertes d'une époque sont additionnées. On attend leur moyenne : divisez par le nombre de "
            "positions.",
        ),
        _history(lambda passes: [sum(sum(losses) for losses in p) for p in passes]),
    ),
    Misconception(
        "divided_by_words",
        Text(
            "The sum of the losses is divided by the number of words. Divide by the number of positions.",
            "La somme des pertes est divisée par le nombre de mots. Divisez par le nombre de positions.",
        ),
        _history(lambda passes: [sum(sum(losses) for losses in p) / len(p) for p in passes]),
    ),
    Misconception(
        "mean_of_means",
        Text(
            "A mean for each word, then the mean of these: a letter of a short word counts more. "
            "Take one mean over all positions.",
            "Une moyenne par mot, puis la moyenne des moyennes : une lettre d'un mot court compte plus. "
            "Faites une seule moyenne sur toutes les positions.",
        ),
        _history(lambda passes: [sum(sum(losses) / len(losses) for losses in p) / len(p) for p in passes]),
    ),
    Misconception(
        "last_loss",
        Text(
            "For each epoch you return the loss of the last position. The mean over all positions is expected.",
            "Pour chaque époque vous rendez la perte de la dernière position. "
            "On attend la moyenne de toutes les positions.",
        ),
        _history(lambda passes: [p[-1][-1] for p in passes]),
    ),
    Misconception(
        "every_loss",
        Text(
            "The list holds the loss of every position. One number for each epoch is expected: their mean.",
            "La liste contient la perte de chaque position. On attend un nombre par époque : leur moyenne.",
        ),
        _history(lambda passes: [loss for p in passes for losses in p for loss in losses]),
    ),
    Misconception(
        "final_mean_only",
        Text(
            "The function returns one number. A list is expected, with the mean loss of each epoch.",
            "La fonction renvoie un seul nombre. On attend une liste, avec la perte moyenne de chaque époque.",
        ),
        _history(lambda passes: _mean(passes[-1])),
    ),
    Misconception(
        "one_epoch",
        Text(
            "Only one epoch is run. Look at whether `return` stands inside the loop.",
            "Une seule époque est faite. Regardez si `return` se trouve dans la boucle.",
        ),
        _one_epoch,
    ),
    Misconception(
        "sum_never_reset",
        Text(
            "The sum of the losses is never set back, so it grows from epoch to epoch. "
            "Set it to zero at the start of each.",
            "La somme des pertes n'est jamais remise à zéro : elle grandit d'époque en époque. "
            "Remettez-la à zéro au début de chacune.",
        ),
        _history(_growing),
    ),
    Misconception(
        "list_never_reset",
        Text(
            "The mean takes in the losses of all epochs so far. Start a new list of losses in each epoch.",
            "La moyenne prend les pertes de toutes les époques passées. "
            "Commencez une nouvelle liste de pertes à chaque époque.",
        ),
        _history(_running),
    ),
    Misconception(
        "not_in_place",
        Text(
            "The losses are right, but W and `b` are the same afterwards: the training ran on copies.",
            "Les pertes sont justes, mais W et `b` sont inchangés : l'entraînement s'est fait sur des copies.",
        ),
        _on_copies,
    ),
    Misconception(
        "words_sorted",
        Text(
            "The words are taken in alphabetical order. They are to be taken in the order given.",
            "Les mots sont pris dans l'ordre alphabétique. Il faut les prendre dans l'ordre donné.",
        ),
        _sorted_words,
    ),
    Misconception(
        "words_shuffled",
        Text(
            "The order of the words changes from call to call. Here they are to be taken in the order given "
            "(shuffling comes in lesson 6).",
            "L'ordre des mots change d'un appel à l'autre. Ici il faut les prendre dans l'ordre donné "
            "(le mélange viendra en leçon 6).",
        ),
        seen_by="different weights under different seeds",
    ),
    Misconception(
        "words_wrapped",
        Text(
            "The list of words is not the same after the call. Leave it as it was: "
            "`wrapped = '.' + word + '.'` makes a new text.",
            "La liste des mots n'est plus la même après l'appel. Laissez-la comme elle était : "
            "`wrapped = '.' + word + '.'` fait un nouveau texte.",
        ),
        seen_by="the list of words after the call",
    ),
    NOTHING,
)
