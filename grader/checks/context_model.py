"""A language model whose next-token distribution is known exactly, for tests of samplers.

The logits depend on every id seen and on its place, so a sampler that reads the wrong position,
forgets the prompt or does not feed back what it drew follows another distribution.  `ContextModel`
is the trusted twin of the stub ``context_model`` that runs in the student's kernel: same table,
same row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from grader.wire import Stub

ROWS = 97  # contexts are told apart up to their row; prime, so that the places' weights mix well
NEVER = -1e4  # logit of a token that is never drawn, at any temperature of a test


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
        self, start: Sequence[int], length: int, distribution: Callable[[Tensor, tuple[int, ...]], Tensor]
    ) -> dict[tuple[int, ...], float]:
        """Probability of each continuation of `start` by `length` tokens.

        Parameters
        ----------
        start : sequence of int
        length : int
        distribution : callable
            (logits, ids so far) -> probabilities (V,) of the sampler.

        Returns
        -------
        dict of tuple to float
            Continuations of probability above 1e-9; they sum to 1 but for that.
        """
        found: dict[tuple[int, ...], float] = {(): 1.0}
        for _ in range(length):
            longer: dict[tuple[int, ...], float] = {}
            for drawn, p in found.items():
                ids = (*start, *drawn)
                probabilities = distribution(self.next_logits(ids), ids)
                for token in (probabilities * p > 1e-9).nonzero().flatten().tolist():
                    longer[(*drawn, token)] = p * float(probabilities[token])
            found = longer
        return found


def random_table(
    generator: torch.Generator, vocab_size: int, tokens: Sequence[int], spread: float = 1.5, choices: int | None = None
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
    table = torch.full((ROWS, vocab_size), NEVER)
    for row in table:
        kept = torch.randperm(len(tokens), generator=generator)[:choices]
        chosen = torch.tensor(list(tokens))[kept]
        row[chosen] = torch.randn(len(chosen), generator=generator) * spread
    return table
