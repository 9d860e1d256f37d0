"""A real GPT-2 whose next-token law is a table, for tests of whoever generates with one.

A student may write the loop or call `model.generate`, with or without a cache; so the model has
to be a GPT-2 of `transformers`. Its weights are made, not trained: attention and feed-forward give
nothing, token x at place t is the vector e_x + e_{V+t}, and the head reads two tables from it:

    logits after ids x_0 ... x_t = last[x_t] + place[t]

So the trusted side knows every probability without running the model, and a sampler that forgets
where it is, or what it has read, follows another law.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from grader.wire import Stub

NEVER = -100.0  # logit of a token that is never drawn; larger ones would cost float32 its precision
SPACE, LINE_BREAK = "Ġ", "Ċ"  # as byte-level BPE spells them
EPSILON = 1e-5  # of GPT-2's layer norm
PLACES = 64  # longest context

Law = dict[tuple[int, ...], float]


@dataclass(frozen=True)
class TableGPT2:
    """A GPT-2 with a letter tokenizer.

    Parameters
    ----------
    tokens : tuple of str
        In the order of their ids; the special ones are among them.
    last : Tensor
        (V, V): what the last token says about the next.
    place : Tensor
        (P, V): what the place of the last token says about the next; P is the longest context.
    eos : str
    bos : str, optional
        None: texts begin with EOS.
    """

    tokens: tuple[str, ...]
    last: Tensor
    place: Tensor
    eos: str
    bos: str | None = None

    @property
    def start(self) -> int:
        """Id that an empty prompt starts from."""
        return self.id_of(self.bos or self.eos)

    def id_of(self, token: str) -> int:
        """Id of a token."""
        return self.tokens.index(token)

    def ids(self, text: str) -> tuple[int, ...]:
        """Ids of a text's characters; -1 for one that is no token."""
        spelt = text.replace(" ", SPACE).replace("\n", LINE_BREAK)
        return tuple(self.tokens.index(c) if c in self.tokens else -1 for c in spelt)

    def text(self, ids: Sequence[int]) -> str:
        """The characters of these ids."""
        spelt = "".join(self.tokens[i] if i >= 0 else "?" for i in ids)
        return spelt.replace(SPACE, " ").replace(LINE_BREAK, "\n")

    def next_logits(self, ids: Sequence[int]) -> Tensor:
        """Logits (V,) of what comes after `ids`."""
        return self.last[ids[-1]] + self.place[len(ids) - 1]

    def certain_of(self, text: Sequence[str], after: Sequence[str]) -> TableGPT2:
        """This model made sure of a text, from the last token alone, wherever it is.

        Parameters
        ----------
        text : sequence of str
            Tokens, all different; after the last one it comes again and again.
        after : sequence of str
            Tokens that the text begins after.
        """
        last = torch.full_like(self.last, NEVER)
        follows = dict.fromkeys(self.tokens, text[-1])
        follows |= dict.fromkeys(after, text[0]) | dict(itertools.pairwise(text))
        for token, following in follows.items():
            last[self.id_of(token), self.id_of(following)] = 0.0
        return replace(self, last=last, place=torch.zeros_like(self.place))

    def law(
        self, start: Sequence[int], length: int, distribution: Callable[[tuple[int, ...]], Tensor]
    ) -> Law:
        """Probability of each continuation of `start` by `length` tokens.

        Parameters
        ----------
        start : sequence of int
        length : int
        distribution : callable
            Ids so far -> probabilities (V,) of the sampler.
        """
        found: Law = {(): 1.0}
        for _ in range(length):
            longer: Law = {}
            for drawn, p in found.items():
                probabilities = distribution((*start, *drawn)).double()
                for token in (probabilities * p > 1e-9).nonzero().flatten().tolist():
                    longer[(*drawn, token)] = p * float(probabilities[token])
            found = longer
        return found

    def model(self, device: str = "cpu") -> Stub:
        """The model, as the student's kernel builds it."""
        return Stub("tiny_gpt2_model", {"config": self.config(), "weights": self.weights(), "device": device})

    def tokenizer(self) -> Stub:
        """Its tokenizer, as the student's kernel builds it."""
        return Stub("letter_tokenizer", {"tokens": list(self.tokens), "eos": self.eos, "bos": self.bos})

    def config(self) -> dict[str, Any]:
        """Arguments of `GPT2Config`."""
        vocab_size, places = len(self.tokens), len(self.place)
        dropout = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
        ends = {"bos_token_id": self.start, "eos_token_id": self.id_of(self.eos)}
        return {
            "vocab_size": vocab_size,
            "n_positions": places,
            "n_embd": vocab_size + places,
            "n_layer": 1,
            "n_head": 1,
            "n_inner": 1,
            "tie_word_embeddings": False,
            "layer_norm_epsilon": EPSILON,
            **dropout,
            **ends,
            "pad_token_id": self.id_of(self.eos),
        }

    def weights(self) -> dict[str, Tensor]:
        """The whole state_dict."""
        vocab_size, places = len(self.tokens), len(self.place)
        width = vocab_size + places
        # The last layer norm turns e_x + e_{V+t} into a scaled copy of itself, less a constant that
        # its bias gives back.
        mean = 2 / width
        scale = 1 / math.sqrt(mean - mean**2 + EPSILON)
        unit = torch.eye(width)
        zeros, ones = torch.zeros(width), torch.ones(width)
        block = {
            "ln_1.weight": ones,
            "ln_1.bias": zeros,
            "attn.c_attn.weight": torch.zeros(width, 3 * width),
            "attn.c_attn.bias": torch.zeros(3 * width),
            "attn.c_proj.weight": torch.zeros(width, width),
            "attn.c_proj.bias": zeros,
            "ln_2.weight": ones,
            "ln_2.bias": zeros,
            "mlp.c_fc.weight": torch.zeros(width, 1),
            "mlp.c_fc.bias": torch.zeros(1),
            "mlp.c_proj.weight": torch.zeros(1, width),
            "mlp.c_proj.bias": zeros,
        }
        return {
            "transformer.wte.weight": unit[:vocab_size],
            "transformer.wpe.weight": unit[vocab_size:],
            **{f"transformer.h.0.{name}": value for name, value in block.items()},
            "transformer.ln_f.weight": ones,
            "transformer.ln_f.bias": torch.full((width,), mean * scale),
            "lm_head.weight": torch.cat([self.last, self.place]).T.contiguous() / scale,  # (V, D)
        }


def random_table_gpt2(
    generator: torch.Generator, tokens: Sequence[str], drawn: Sequence[str], eos: str, bos: str | None
) -> TableGPT2:
    """A model that draws some of its tokens, at random, and likes to repeat them.

    Parameters
    ----------
    generator : torch.Generator
    tokens : sequence of str
    drawn : sequence of str
        Those that may come.
    eos, bos : str
    """
    size, some = len(tokens), [list(tokens).index(t) for t in drawn]
    last, place = torch.full((size, size), NEVER), torch.zeros(PLACES, size)
    last[:, some] = torch.randn(size, len(some), generator=generator) * 1.3
    last[some, some] += 1.5
    place[:, some] = torch.randn(PLACES, len(some), generator=generator)
    return TableGPT2(tuple(tokens), last, place, eos, bos)
