"""A language model whose next-token distribution is known exactly, for tests of samplers.

The logits depend on every id seen and on its place, so a sampler that reads the wrong position,
forgets the prompt or does not feed back what it drew follows another distribution.  `ContextModel`
is the trusted twin of the stub ``context_model`` that runs in the student's kernel: same table,
same row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from grader.wire import Stub

ROWS = 97  # contexts are told apart up to their row; prime, so that the places' weights mix well
NEVER = -1e4  # logit of a token that is never drawn, at any temperature of a test

Distribution = Callable[[Tensor, tuple[int, ...]], Tensor]  # logits (V,), ids so far -> probabilities (V,)


@dataclass(frozen=True)
class ContextModel:
    """Logits by context.

    Parameters
    ----------
    table : Tensor
        (ROWS, V) logits.
    forced : tuple of int
        Token that is certain after 1, 2, ... ids, or -1 where the table speaks; the last entry
        holds for all longer contexts.
    training_table, grad_table : Tensor, optional
        (ROWS, V) used instead in training mode, or while gradients are recorded.
    """

    table: Tensor
    forced: tuple[int, ...] = (-1,)
    training_table: Tensor | None = None
    grad_table: Tensor | None = None

    def stub(self, device: str = "cpu") -> Stub:
        """The model as the student's kernel builds it, in training mode."""
        data = {"table": self.table, "forced": list(self.forced), "device": device}
        data |= {"training_table": self.training_table, "grad_table": self.grad_table}
        return Stub("context_model", data)

    def next_logits(self, ids: Sequence[int]) -> Tensor:
        """Logits (V,) of what comes after `ids`, in evaluation mode without gradients."""
        token = self.forced[min(len(ids), len(self.forced)) - 1]
        if token >= 0:
            logits = torch.full_like(self.table[0], NEVER)
            logits[token] = 0.0
            return logits
        row = sum(i * (place + 2) ** 2 for place, i in enumerate(ids)) + 7 * (len(ids) - 1)
        return self.table[row % ROWS]

    def law(
        self, start: Sequence[int], length: int, distribution: Distribution, floor: float = 1e-9
    ) -> dict[tuple[int, ...], float]:
        """Probability of each continuation of `start` by `length` tokens.

        Parameters
        ----------
        start : sequence of int
        length : int
        distribution : callable
            (logits, ids so far) -> probabilities (V,) of the sampler.
        floor : float
            Continuations less likely than this are left out.

        Returns
        -------
        dict of tuple to float
        """
        found: dict[tuple[int, ...], float] = {(): 1.0}
        for _ in range(length):
            longer: dict[tuple[int, ...], float] = {}
            for drawn, p in found.items():
                ids = (*start, *drawn)
                probabilities = distribution(self.next_logits(ids), ids)
                for token in (probabilities * p > floor).nonzero().flatten().tolist():
                    longer[(*drawn, token)] = p * float(probabilities[token])
            found = longer
        return found

    def text(
        self, start: Sequence[int], length: int, temperature: float, generator: torch.Generator
    ) -> tuple[int, ...]:
        """A continuation of `start` by `length` tokens, drawn as most answers draw: by `torch.multinomial`.

        Parameters
        ----------
        start : sequence of int
        length : int
        temperature : float
        generator : torch.Generator
            From the same seed it gives the letters that an answer draws from torch's own one.
        """
        drawn: tuple[int, ...] = ()
        for _ in range(length):
            probabilities = torch.softmax(self.next_logits((*start, *drawn)) / temperature, dim=-1)  # (V,)
            drawn += (int(torch.multinomial(probabilities, 1, generator=generator)),)
        return drawn

    def log_likelihood(
        self,
        start: Sequence[int],
        drawn: Iterable[tuple[int, ...]],
        distribution: Distribution,
        surprise: float = 0.05,
    ) -> float:
        """Log probability that a sampler draws all these continuations.

        Parameters
        ----------
        start : sequence of int
        drawn : iterable of tuple of int
        distribution : callable
            As in `law`.
        surprise : float
            Share of draws that may be any token: a special token that was drawn leaves no letter
            in the text, so that the letters after it seem to come from another context.
        """
        laws: dict[tuple[int, ...], list[float]] = {}
        total, anything = 0.0, surprise / self.table.size(1)
        for path in drawn:
            for i, token in enumerate(path):
                ids = (*start, *path[:i])
                if ids not in laws:
                    laws[ids] = distribution(self.next_logits(ids), ids).tolist()
                total += math.log((1 - surprise) * laws[ids][token] + anything)
        return total


def random_table(
    generator: torch.Generator,
    vocab_size: int,
    tokens: Sequence[int],
    spread: float = 1.5,
    choices: int | None = None,
) -> Tensor:
    """Random logits (ROWS, V) over some tokens.

    Parameters
    ----------
    generator : torch.Generator
    vocab_size : int
    tokens : sequence of int
        Those that may be drawn.
    spread : float
        Standard deviation of their logits.
    choices : int, optional
        How many of them each context allows, another choice each; default all.
    """
    among = torch.tensor(list(tokens))
    kept = torch.rand(ROWS, len(among), generator=generator).argsort(dim=1)[:, :choices]  # (ROWS, choices)
    logits = torch.randn(kept.shape, generator=generator) * spread
    return torch.full((ROWS, vocab_size), NEVER).scatter_(1, among[kept], logits)
