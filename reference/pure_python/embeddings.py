"""Lesson 3: a model that remembers three letters.

The file reads in the order of the notebook `source/lesson3_embeddings/embeddings.ipynb`:

    alphabet -> embeddings -> window of three letters -> scores -> probabilities
             -> one step of learning -> training -> names

Everything is a list of floats, and a matrix is a list of rows. V = 27 letters, E = 8 numbers for a
letter, C = 3 letters in the window, so a context holds C * E = 24 numbers.

References
----------
.. [1] Bengio et al., "A Neural Probabilistic Language Model", JMLR 3, 2003 (the same idea, on words).
.. [2] A. Karpathy, "makemore", https://github.com/karpathy/makemore (names, letter by letter).
"""

import math
import random
from collections.abc import Sequence

# ---------------------------------------------------------------------------------------------
# Given: the alphabet

ALPHABET = list(".abcdefghijklmnopqrstuvwxyz")  # "." begins and ends a word, and fills the window
char_to_id = {letter: i for i, letter in enumerate(ALPHABET)}
id_to_char = dict(enumerate(ALPHABET))

VOCAB_SIZE = len(ALPHABET)  # V = 27
EMBED_DIM = 8  # E
CONTEXT_SIZE = 3  # C

Vector = Sequence[float]
Matrix = Sequence[Sequence[float]]


# ---------------------------------------------------------------------------------------------
# Exercise 1: one vector for each letter


def make_embeddings(vocab_size: int, embed_dim: int, std: float = 0.5) -> list[list[float]]:
    """Random embeddings, one row for each letter.

    Parameters
    ----------
    vocab_size : int
        Number of rows V.
    embed_dim : int
        Length E of a row.
    std : float
        Standard deviation of the normal law the numbers are drawn from; its mean is 0.

    Returns
    -------
    list of list of float
        (V, E); the rows are independent lists.
    """
    return [[random.gauss(0.0, std) for _ in range(embed_dim)] for _ in range(vocab_size)]  # (V, E)


# ---------------------------------------------------------------------------------------------
# Exercise 2: the window


def get_context_vector(word: str, position: int, embeddings: Matrix) -> list[float]:
    """What the model sees when it has to guess the letter at `position`.

    Parameters
    ----------
    word : str
        A word wrapped in dots, ".hugo.".
    position : int
        Index of the letter to guess.
    embeddings : list of list of float
        (V, E)

    Returns
    -------
    list of float
        (C * E,) the embeddings of the C characters before `position`, oldest first; where the
        word has not begun yet, that of ".".
    """
    context = []
    for place in range(position - CONTEXT_SIZE, position):
        letter = word[place] if place >= 0 else "."
        context.extend(embeddings[char_to_id[letter]])  # (E,) more
    return context  # (C * E,)


# ---------------------------------------------------------------------------------------------
# Exercises 3 and 4: scores, probabilities


def softmax(scores: Vector) -> list[float]:
    """Turn scores (n,) into probabilities (n,): all positive, sum 1, the order kept.

    The largest score is taken off first. That changes no probability, and exp of a number that is
    at most 0 never overflows.
    """
    largest = max(scores)
    exps = [math.exp(score - largest) for score in scores]  # (n,)
    total = sum(exps)
    return [e / total for e in exps]  # (n,)


def forward(context: Vector, W: Matrix, b: Vector) -> list[float]:
    """Scores of the V letters: ``b[j] + sum over i of context[i] * W[i][j]``.

    Parameters
    ----------
    context : list of float
        (C * E,)
    W : list of list of float
        (C * E, V), a row for each number of the context, a column for each letter.
    b : list of float
        (V,)

    Returns
    -------
    list of float
        (V,), a new list.
    """
    scores = list(b)  # (V,) a copy: b belongs to the model
    for x, row in zip(context, W, strict=True):
        for j in range(len(scores)):
            scores[j] += x * row[j]
    return scores  # (V,)


# ---------------------------------------------------------------------------------------------
# Exercise 5: one step of learning


def sgd_step(context: Vector, target: int, W: list[list[float]], b: list[float], lr: float) -> float:
    """One step of gradient descent on the cross-entropy of one guess; `W` and `b` change in place.

    The loss is ``-log probs[target]``. Its gradient with respect to the scores is the probabilities
    with 1 taken off at the target; each weight gets that, times the number it multiplied.

    Parameters
    ----------
    context : list of float
        (C * E,)
    target : int
        Id of the letter that really came.
    W, b : list
        (C * E, V) and (V,), changed.
    lr : float
        Learning rate.

    Returns
    -------
    float
        The loss before the step, in nats.
    """
    probs = softmax(forward(context, W, b))  # (V,)
    loss = -math.log(probs[target])
    error = [p - (j == target) for j, p in enumerate(probs)]  # (V,) d loss / d scores
    for x, row in zip(context, W, strict=True):
        for j, e in enumerate(error):
            row[j] -= lr * x * e
    for j, e in enumerate(error):
        b[j] -= lr * e
    return loss


# ---------------------------------------------------------------------------------------------
# Exercise 6: training


def train(
    words: Sequence[str], embeddings: Matrix, W: list[list[float]], b: list[float], epochs: int, lr: float
) -> list[float]:
    """Go through the words `epochs` times, with one `sgd_step` for each letter to guess.

    Parameters
    ----------
    words : list of str
        Plain words, "hugo"; wrapped in dots here. Their order is kept.
    embeddings : list of list of float
        (V, E), not changed.
    W, b : list
        (C * E, V) and (V,), changed in place.
    epochs : int
        Passes over the words.
    lr : float
        Learning rate.

    Returns
    -------
    list of float
        (epochs,) for each pass, the mean over all positions of the loss before the step.
    """
    history = []
    for _ in range(epochs):
        losses = []
        for word in words:
            wrapped = f".{word}."
            for position in range(1, len(wrapped)):  # the first dot is never guessed
                context = get_context_vector(wrapped, position, embeddings)  # (C * E,)
                losses.append(sgd_step(context, char_to_id[wrapped[position]], W, b, lr))
        history.append(sum(losses) / len(losses))
    return history


# ---------------------------------------------------------------------------------------------
# Exercise 7: names


def generate(embeddings: Matrix, W: Matrix, b: Vector, max_len: int = 20) -> str:
    """Let the model write a name, letter by letter, until "." or `max_len` letters.

    Each letter is drawn with the probability the model gives it, from `random`.

    Returns
    -------
    str
        The letters, without dots.
    """
    text = "."
    while len(text) <= max_len:  # the leading dot is no letter
        context = get_context_vector(text, len(text), embeddings)  # (C * E,)
        probs = softmax(forward(context, W, b))  # (V,)
        letter = random.choices(ALPHABET, weights=probs)[0]
        if letter == ".":
            break
        text += letter
    return text[1:]
