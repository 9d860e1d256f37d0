"""The exact law of what a letter-by-letter sampler writes, under the right idea or a wrong one.

A hypothesis says how the next letter is drawn: ``hypothesis(probs, temperature, draw)`` -> a
probability for each letter (`reference.pure_python.wrong_generate`).  The law of a text is the product
along its letters; the dot ends it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from grader.bridge import Answer
from grader.checks.letter_model import Params

Law = dict[tuple[int, ...], float]
Hypothesis = Callable[[list[float], float, Any], list[float]]


@dataclass
class Setting:
    """One model, one start, one temperature; None is the default that the exercise promises."""

    params: Params
    start: tuple[int, ...]
    temperature: float | None
    length: int
    placed: Answer | None = None
    known: dict[tuple[int, ...], list[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Laws:
    """Laws of texts of the lessons' machine.

    Parameters
    ----------
    machine : module
        `CONTEXT`, `forward_llm`.
    draw : class
        What a hypothesis is told of the place where a letter is drawn.
    usual : float
        The default temperature.
    """

    machine: ModuleType
    draw: Callable[..., Any]
    usual: float

    def probs(self, setting: Setting, ids: tuple[int, ...]) -> list[float]:
        """What the model says after these ids."""
        if ids not in setting.known:
            setting.known[ids] = self.machine.forward_llm(list(ids), setting.params)
        return setting.known[ids]

    def next_letter(self, setting: Setting, hypothesis: Hypothesis, path: tuple[int, ...]) -> list[float]:
        """Law of the letter after `path`, under a hypothesis."""
        ids = (*setting.start, *path)
        draw = self.draw(ids, len(setting.start), lambda other: self.probs(setting, tuple(other)))
        probs = self.probs(setting, ids[-self.machine.CONTEXT :])
        temperature = self.usual if setting.temperature is None else setting.temperature
        return hypothesis(probs, temperature, draw)

    def of_texts(self, setting: Setting, hypothesis: Hypothesis, floor: float = 1e-10) -> Law:
        """Probability of each continuation; a dot ends it.  Unlikelier than `floor`: left out."""
        found: Law = {(): 1.0}
        for _ in range(setting.length):
            longer: Law = {}
            for path, p in found.items():
                if path and path[-1] == 0:
                    longer[path] = longer.get(path, 0.0) + p
                    continue
                for token, q in enumerate(self.next_letter(setting, hypothesis, path)):
                    if p * q > floor:
                        longer[(*path, token)] = p * q
            found = longer
        return found
