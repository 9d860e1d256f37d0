"""Lesson 5: a whole language model in pure Python, written to be read.

The file follows the notebook `source/lesson5_mini_llm/mini_llm.ipynb`:

    alphabet and sizes -> parameters -> four small tools -> counting -> forward pass
                       -> temperature -> loss -> generation

    ids -> token + position embeddings -> attention of the last position  (+ residual)
        -> W2 relu(W1 x + b1) + b2  (+ residual) -> W_out x -> softmax -> probabilities

What the students write: `count_parameters`, `forward_llm`, `apply_temperature`, `mean_loss` and
`generate`. The rest is given to them as it stands here.

Shapes: T ids of the context (1 to C), V = 27 letters, C = 8 places, D = 16 numbers a letter,
H = 32 hidden numbers. A vector is a list of floats, a matrix a list of rows.

References
----------
.. [1] Vaswani et al., "Attention Is All You Need", 2017, arXiv:1706.03762.
"""

import math
import random

# ---------------------------------------------------------------------------------------------
# Given: the alphabet, the sizes, the parameters

ALPHABET = list(".abcdefghijklmnopqrstuvwxyz")  # "." begins and ends every name
char_to_id = {letter: i for i, letter in enumerate(ALPHABET)}
id_to_char = {i: letter for i, letter in enumerate(ALPHABET)}

VOCAB_SIZE = 27  # V: letters of the alphabet
EMBED_DIM = 16  # D: numbers that describe a letter
CONTEXT = 8  # C: letters that the model sees
HIDDEN_DIM = 32  # H: numbers inside the MLP

SHAPES = {
    "tok_emb": (VOCAB_SIZE, EMBED_DIM),  # which letter?
    "pos_emb": (CONTEXT, EMBED_DIM),  # at which place?
    "Wq": (EMBED_DIM, EMBED_DIM),  # what do I look for?
    "Wk": (EMBED_DIM, EMBED_DIM),  # what do I offer?
    "Wv": (EMBED_DIM, EMBED_DIM),  # what do I pass on?
    "W1": (HIDDEN_DIM, EMBED_DIM),
    "b1": (HIDDEN_DIM,),
    "W2": (EMBED_DIM, HIDDEN_DIM),
    "b2": (EMBED_DIM,),
    "W_out": (VOCAB_SIZE, EMBED_DIM),  # a score for each letter
}


def init_params():
    """Parameters before any training: small random matrices, biases of zero."""
    params = {}
    for name, shape in SHAPES.items():
        if len(shape) == 1:
            params[name] = [0.0] * shape[0]
        else:
            rows, columns = shape
            params[name] = [[random.gauss(0, 0.2) for _ in range(columns)] for _ in range(rows)]
    return params


# ---------------------------------------------------------------------------------------------
# Given: four tools


def mat_vec(matrix, vector):
    """Matrix times vector: one output a row."""
    return [sum(w * x for w, x in zip(row, vector, strict=True)) for row in matrix]


def vec_add(a, b):
    """Sum of two vectors, number by number."""
    return [x + y for x, y in zip(a, b, strict=True)]


def softmax(scores):
    """Scores to probabilities: positive, with sum 1."""
    highest = max(scores)
    exps = [math.exp(s - highest) for s in scores]
    total = sum(exps)
    return [e / total for e in exps]


def relu(vector):
    """Negative numbers become 0."""
    return [max(0.0, x) for x in vector]


# ---------------------------------------------------------------------------------------------
# Exercise 1: counting


def count_parameters(vocab_size: int, embed_dim: int, context: int, hidden_dim: int) -> int:
    """Number of parameters of a model of these sizes.

    Parameters
    ----------
    vocab_size, embed_dim, context, hidden_dim : int
        V, D, C and H.

    Returns
    -------
    int
        2,832 for the lesson's sizes (27, 16, 8, 32).
    """
    embeddings = vocab_size * embed_dim + context * embed_dim
    attention = 3 * embed_dim * embed_dim
    mlp = hidden_dim * embed_dim + hidden_dim + embed_dim * hidden_dim + embed_dim
    projection = vocab_size * embed_dim
    return embeddings + attention + mlp + projection


# ---------------------------------------------------------------------------------------------
# Exercise 2: the forward pass


def forward_llm(ids: list[int], params: dict) -> list[float]:
    """Probabilities of the letter that follows `ids`.

    Parameters
    ----------
    ids : list of int
        1 to CONTEXT ids; the first one stands at place 0.
    params : dict
        Matrices and vectors of the shapes in `SHAPES`; left as they are.

    Returns
    -------
    list of float
        VOCAB_SIZE probabilities.
    """
    # Which letter, and where: one vector a letter.
    xs = [vec_add(params["tok_emb"][i], params["pos_emb"][t]) for t, i in enumerate(ids)]  # T x D

    # Attention: the last letter asks, all of them (itself too) answer.
    query = mat_vec(params["Wq"], xs[-1])  # D
    keys = [mat_vec(params["Wk"], x) for x in xs]  # T x D
    values = [mat_vec(params["Wv"], x) for x in xs]  # T x D
    scores = [sum(q * k for q, k in zip(query, key, strict=True)) / math.sqrt(EMBED_DIM) for key in keys]
    weights = softmax(scores)  # T
    attended = [
        sum(w * v for w, v in zip(weights, column, strict=True)) for column in zip(*values, strict=True)
    ]
    x = vec_add(xs[-1], attended)  # D, first shortcut

    # MLP: think about what was gathered.
    hidden = relu(vec_add(mat_vec(params["W1"], x), params["b1"]))  # H
    x = vec_add(x, vec_add(mat_vec(params["W2"], hidden), params["b2"]))  # D, second shortcut

    return softmax(mat_vec(params["W_out"], x))  # V


# ---------------------------------------------------------------------------------------------
# Exercise 3: temperature


def apply_temperature(probs: list[float], temperature: float) -> list[float]:
    """Make probabilities bolder or safer: p ** (1 / T), brought back to sum 1.

    Parameters
    ----------
    probs : list of float
        Probabilities; zeros stay zero.
    temperature : float
        T, from 0.05 to 20. Below 1: safer; above 1: bolder.

    Returns
    -------
    list of float
        Probabilities.
    """
    highest = max(probs)  # dividing by it first keeps the powers away from 0
    powers = [(p / highest) ** (1 / temperature) for p in probs]
    total = sum(powers)
    return [p / total for p in powers]


# ---------------------------------------------------------------------------------------------
# Exercise 4: the loss


def mean_loss(words: list[str], params: dict) -> float:
    """Mean surprise of the model over all positions of all words.

    Parameters
    ----------
    words : list of str
        Plain words ("hugo"); each is wrapped in dots here. Every letter and the final dot is a
        target once, the leading dot never.
    params : dict
        Parameters of the model.

    Returns
    -------
    float
        Mean of -log p(next), in nats.
    """
    losses = []
    for word in words:
        ids = [char_to_id[letter] for letter in f".{word}."]
        for end in range(1, len(ids)):
            probs = forward_llm(ids[max(0, end - CONTEXT) : end], params)
            losses.append(-math.log(probs[ids[end]]))
    return sum(losses) / len(losses)


# ---------------------------------------------------------------------------------------------
# Exercise 5: generation


def generate(params: dict, start: str = ".", temperature: float = 1.0, max_len: int = 15) -> str:
    """Let the model write, letter by letter.

    Parameters
    ----------
    params : dict
        Parameters of the model.
    start : str
        Beginning of the text; its first character is a dot.
    temperature : float
        Below 1: safer; above 1: bolder.
    max_len : int
        At most this many letters are added to `start`.

    Returns
    -------
    str
        The whole text, `start` included, without its leading dot (and without a final one).
    """
    ids = [char_to_id[letter] for letter in start]
    for _ in range(max_len):
        probs = apply_temperature(forward_llm(ids[-CONTEXT:], params), temperature)
        next_id = random.choices(range(VOCAB_SIZE), weights=probs)[0]
        if next_id == char_to_id["."]:
            break
        ids.append(next_id)
    return "".join(id_to_char[i] for i in ids[1:])
