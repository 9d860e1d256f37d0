"""Lesson 3 in PyTorch: the model that remembers three letters, with autograd for the learning.

The same functions, in the same order, as `reference/pure_python/embeddings.py`, on float64 tensors.
Nothing here is derived by hand: `sgd_step` asks autograd for the gradient, so the two files check
each other.

Shapes: V letters, E numbers for a letter, C letters in the window.
"""

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor

ALPHABET = list(".abcdefghijklmnopqrstuvwxyz")
char_to_id = {letter: i for i, letter in enumerate(ALPHABET)}
CONTEXT_SIZE = 3  # C


def make_embeddings(vocab_size: int, embed_dim: int, std: float = 0.5) -> Tensor:
    """Random embeddings (V, E), each number from N(0, std²)."""
    return torch.randn(vocab_size, embed_dim, dtype=torch.float64) * std


def get_context_vector(word: str, position: int, embeddings: Tensor) -> Tensor:
    """Embeddings of the C characters before `position`, oldest first; shape (C * E,)."""
    padded = "." * CONTEXT_SIZE + word
    ids = [char_to_id[letter] for letter in padded[position : position + CONTEXT_SIZE]]
    return embeddings[ids].flatten()  # (C, E) -> (C * E,)


def softmax(scores: Tensor) -> Tensor:
    """Probabilities (n,) of scores (n,)."""
    return F.softmax(scores, dim=-1)


def forward(context: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Scores (V,) of a context (C * E,), with W (C * E, V) and b (V,)."""
    return context @ W + b


def gradients(context: Tensor, target: int, W: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Cross-entropy of one guess and its gradients: ``(loss, dW, db)``, by autograd."""
    W, b = W.detach().requires_grad_(), b.detach().requires_grad_()
    loss = F.cross_entropy(forward(context, W, b).unsqueeze(0), torch.tensor([target]))
    dW, db = torch.autograd.grad(loss, (W, b))
    return loss.detach(), dW, db


def sgd_step(context: Tensor, target: int, W: Tensor, b: Tensor, lr: float) -> float:
    """One step of gradient descent on one guess, in place; returns the loss before it."""
    loss, dW, db = gradients(context, target, W, b)
    W -= lr * dW
    b -= lr * db
    return loss.item()


def train(
    words: Iterable[str], embeddings: Tensor, W: Tensor, b: Tensor, epochs: int, lr: float
) -> list[float]:
    """Go through the words `epochs` times; returns the mean loss of each pass."""
    history = []
    wrapped = [f".{word}." for word in words]
    for _ in range(epochs):
        losses = [
            sgd_step(get_context_vector(word, position, embeddings), char_to_id[word[position]], W, b, lr)
            for word in wrapped
            for position in range(1, len(word))
        ]
        history.append(sum(losses) / len(losses))
    return history


def next_letter(text: str, embeddings: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Law (V,) of the letter after `text`, the leading dot included in it."""
    return softmax(forward(get_context_vector(text, len(text), embeddings), W, b))


def generate(embeddings: Tensor, W: Tensor, b: Tensor, max_len: int = 20) -> str:
    """Draw a name letter by letter, until "." or `max_len` letters; without dots."""
    text = "."
    for _ in range(max_len):
        drawn = ALPHABET[int(torch.multinomial(next_letter(text, embeddings, W, b), 1))]
        if drawn == ".":
            break
        text += drawn
    return text[1:]
