"""Which wrong samplers of lessons 5 and 6 each test of randomness must see, their laws, and how surely they are seen.

A secret model is taken only where each of these ideas is rejected with probability `SURE` (`chance_of_rejection`).
The default temperature is an idea of its own: it changes the law only where no temperature is given, and little there
(0.8 for 1.0), so texts without a temperature are drawn `MORE` times as often.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from scipy import stats

from grader.checks.diagnose import named
from grader.checks.letter_law import Law, Laws, Setting
from grader.checks.sampling import ALPHA, cells, distance, excluded

FIRST, SECOND = 240, 480  # sizes of the two samples
MORE = 2  # times these, where no temperature is given
SURE = 1 - 2e-4  # chance that one sample rejects a wrong law; two samples have to
BOTH = 1.8  # sum of the default temperatures of lessons 5 and 6

# Told from the sample that was rejected: elsewhere the law is the right one.
OF_FIRST_LETTER = ("never_empty",)
UNNAMED = ("default_temperature", "ten_likeliest")  # seen, but no misconception of the course
OF_TEMPERATURE: tuple[str, ...] = (
    "greedy", "uniform", "temperature_ignored", "temperature_inverted", "softmax_of_probabilities", *OF_FIRST_LETTER, *UNNAMED,
)  # fmt: skip
OF_CONTEXT: tuple[str, ...] = (
    "start_not_fed", "drawn_letters_not_fed", "last_letter_only", "first_letters_kept", "context_one_short",
    "drawn_once", "temperature_once", "uniform", "greedy",
)  # fmt: skip


def size(setting: Setting, n: int = FIRST) -> int:
    """How many texts are drawn under this setting where others take n."""
    return n * MORE if setting.temperature is None else n


def law(laws: Laws, wrong: Any, misconceptions: Sequence[Any], setting: Setting, idea: str | None) -> Law:
    """Law of the texts of a wrong sampler, or of the right one."""
    hypothesis = wrong.right_distribution
    if idea == "default_temperature":
        if setting.temperature is None:
            setting = replace(setting, temperature=BOTH - laws.usual)
    elif idea == "ten_likeliest":
        right = hypothesis

        def hypothesis(probs: list[float], temperature: float, draw: Any) -> list[float]:
            chances = right(probs, temperature, draw)
            least = sorted(chances)[-10]
            kept = [p if p >= least else 0.0 for p in chances]
            return [p / sum(kept) for p in kept]

    elif idea:
        hypothesis = named(misconceptions, idea).hypothesis  # type: ignore[union-attr]
    return laws.of_texts(setting, hypothesis)


def chance_of_rejection(wrong: Law, right: Law, n: int, settings: int) -> float:
    """Chance that n draws from a wrong law reject the right one: by an outcome that it excludes, or by chi-square."""
    freedom = max(cells(right, n).values())
    missed = (1.0 - min(excluded(wrong, right), 1.0)) ** n
    if freedom:  # else one outcome is nearly certain, and chi-square sees nothing
        critical = stats.chi2.isf(ALPHA / settings, freedom)
        missed *= float(stats.ncx2.cdf(critical, freedom, n * min(distance(wrong, right, n), 100.0)))
    return 1.0 - missed
