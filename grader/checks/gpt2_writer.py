"""A student's `generate_with_params` with an alphabet for it, and models that are sure of what they say.

The laws that its texts must follow are the tests' own (`tests/hidden/mini_gpt`); here is what they
share: how it is called, and how the tokens after the prompt are read from what it returns.
"""

from __future__ import annotations

import math
import random
import string
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from grader.bridge import Answer, Student, StudentError
from grader.checks.diagnose import WrongReference
from grader.checks.table_gpt2 import LINE_BREAK, NEVER, PLACES, SPACE, TableGPT2, random_table_gpt2
from grader.checks.texts import require_something
from grader.checks.verdict import fail

BEGIN, END = "<|begin|>", "<|end|>"
DRAWN = 2  # tokens of a text that are judged by their law

Placed = tuple[Answer, Answer]


class Writer:
    """The student's `generate_with_params`, an alphabet for it, and models.

    Parameters
    ----------
    student : Student
    rng : random.Random
    generator : torch.Generator
    device : str
    misconceptions : sequence
        Those of the exercise.
    """

    def __init__(
        self,
        student: Student,
        rng: random.Random,
        generator: torch.Generator,
        device: str,
        misconceptions: Sequence[WrongReference],
    ) -> None:
        self.student, self.rng, self.generator, self.device = student, rng, generator, device
        self.misconceptions = misconceptions
        letters = list(string.ascii_lowercase)
        rng.shuffle(letters)
        self.prompt = "".join(letters[:2])  # no model below ever draws these two
        self.letters = letters[2:8]
        # Id 0 is no special token, so that nobody takes it for "none".
        self.tokens = (*letters[:8], SPACE, LINE_BREAK, END, BEGIN)

    def random_model(self, **other: Any) -> TableGPT2:
        """Any of six letters may follow; each likes to be repeated, so that a penalty shows."""
        ends = {"eos": END, "bos": BEGIN} | other
        return random_table_gpt2(self.generator, self.tokens, self.letters, **ends)

    def chain_model(self, text: Sequence[str]) -> TableGPT2:
        """A model that is certain of a text, after BOS as after the prompt."""
        return self.random_model().certain_of(text, (BEGIN, self.prompt[-1]))

    def long_model(self) -> tuple[TableGPT2, str]:
        """A model whose letters depend on their place alone, and what it writes under a penalty of 2.

        Its first letter comes never again: where the model would say it, eleven places on, the penalty leaves it
        behind another one.
        """
        first, other, *often = self.letters
        text = [first, *self.rng.choices(often, k=10), other, *self.rng.choices(often, k=10)]
        place = torch.full((PLACES, len(self.tokens)), NEVER)
        for where, letter in enumerate(text):
            place[where, self.tokens.index(letter)] = 80.0
        place[11, self.tokens.index(first)], place[11, self.tokens.index(other)] = 80.0, 70.0
        nothing = torch.zeros(len(self.tokens), len(self.tokens))
        return TableGPT2(self.tokens, nothing, place, END, BEGIN), "".join(text)

    def flat_model(self) -> tuple[TableGPT2, list[str]]:
        """A model to which 62 characters are almost alike, likeliest first."""
        ranks = [*string.ascii_letters, *string.digits]
        self.rng.shuffle(ranks)
        tokens = (*sorted(ranks), SPACE, LINE_BREAK, END, BEGIN)
        last = torch.full((len(tokens), len(tokens)), NEVER)
        for rank, token in enumerate(ranks):
            last[:, tokens.index(token)] = -0.01 * rank
        return TableGPT2(tokens, last, torch.zeros(PLACES, len(tokens)), END, BEGIN), ranks

    def place(self, model: TableGPT2) -> Placed:
        """Build a model and its tokenizer in the student's kernel once, for many calls."""
        return self.student.place(model.model(self.device)), self.student.place(model.tokenizer())

    def write(self, placed: Placed, arguments: Sequence[dict[str, Any]]) -> list[Answer]:
        """Answers of the student's function for each of these keyword arguments."""
        seeds = [self.rng.randrange(1 << 31), *[None] * (len(arguments) - 1)]
        calls = [(placed, a) for a in arguments]
        try:
            answers = self.student.calls("generate_with_params", calls, seed=seeds, seconds=60.0)
        except StudentError as error:
            error.call = spelt(arguments[0])
            raise
        told = [replace(a, call=spelt(case)) for a, case in zip(answers, arguments, strict=True)]
        expected = ("a list of texts was expected", "une liste de textes était attendue")
        return require_something(told, self.misconceptions, expected)

    def sample(
        self, model: TableGPT2, placed: Placed, n: int, prompt: str, settings: Mapping[str, Any]
    ) -> list[tuple[int, ...]]:
        """First `DRAWN` tokens after the prompt of n texts."""
        texts: list[tuple[int, ...]] = []
        share = min(n, 100)
        arguments = {"prompt": prompt, "num_return_sequences": share, "max_new_tokens": DRAWN, **settings}
        while len(texts) < n:
            (answer,) = self.write(placed, [arguments])
            value = answer.value
            got = [drawn(model, t, prompt) for t in value] if isinstance(value, (list, tuple)) else []
            if not got:
                fail(
                    f"`{answer.call}` returned no list of texts, but a value of type {answer.type_name}.",
                    f"`{answer.call}` n'a pas renvoyé une liste de textes, mais une valeur de type {answer.type_name}.",
                )
            texts += got if len(got) >= share else got * math.ceil(share / len(got))
        return texts[:n]


def spelt(arguments: Mapping[str, Any]) -> str:
    """The call with these keyword arguments, as a student writes it."""
    given = [f"{k}={v!r}" for k, v in arguments.items()]
    return f"generate_with_params({', '.join(['model', 'tokenizer', *given])})"


def drawn(model: TableGPT2, text: Any, prompt: str) -> tuple[int, ...]:
    """Ids of the first tokens after the prompt.

    Lenient on purpose: special tokens, spaces or a missing prompt cost points in the test of that,
    and in no other.
    """
    text = str(text)
    for special in (BEGIN, END):
        text = text.replace(special, "")
    text = text.strip()
    text = text[len(prompt) :] if prompt and text.startswith(prompt) else text
    return model.ids(text)[:DRAWN]
