"""What goes wrong on a card: its memory is full, or a kernel's context on it is broken.

Both are told by the exception that PyTorch raises in the student's process, hence by the student's word.  All
that a forged one brings is the same submission graded once more, alone on a card, or a fresh kernel.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from grader.result import ExerciseResult, TestOutcome
from grader.sandbox.card_watch import CAUSE
from grader.text import Text

FULL = "gpu_memory"  # stands where a misconception's id would
FULL_NAMES = ("OutOfMemoryError",)  # torch.OutOfMemoryError, which is torch.cuda.OutOfMemoryError as well
FULL_TEXTS = ("CUDA out of memory", "CUDA error: out of memory", "_STATUS_ALLOC_FAILED")
# After one of these every further call to the card fails, until the process ends.
BROKEN_TEXTS = (
    "device-side assert triggered",
    "illegal memory access",
    "unspecified launch failure",
    "misaligned address",
    "illegal instruction was encountered",
    "invalid program counter",
    "hardware stack error",
    "launch timed out",
)
SENTENCE = Text(
    "Your code needs more memory of the graphics card than a submission may use. "
    "Smaller batches, or fewer tensors kept at once, need less.",
    "Votre code demande plus de mémoire de la carte graphique qu'un devoir ne peut en utiliser. "
    "Des lots plus petits, ou moins de tenseurs gardés en même temps, en demandent moins.",
)


def is_full(name: str, text: str) -> bool:
    """Whether an exception says that the card's memory is full."""
    return name in FULL_NAMES or any(part in text for part in FULL_TEXTS)


def is_broken(text: str) -> bool:
    """Whether an exception's text says that the process can use the card no more."""
    return "CUDA error" in text and any(part in text for part in BROKEN_TEXTS)


def errors_of(outputs: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Name and text of the exceptions among a cell's outputs."""
    return [
        (str(o.get("ename", "")), str(o.get("evalue", "")))
        for o in outputs
        if o.get("output_type") == "error"
    ]


def told(result: ExerciseResult, death: str) -> ExerciseResult:
    """The result with the card named as the cause, where it is: in place of "no answer" or of PyTorch's words.

    Parameters
    ----------
    result : ExerciseResult
    death : str
        Why the kernel died during the tests; empty where it lives.
    """
    return replace(result, outcomes=tuple(_told(o, death) for o in result.outcomes))


def _told(outcome: TestOutcome, death: str) -> TestOutcome:
    finding = outcome.finding
    if finding is None:
        return outcome
    full = finding.kind == "error" and is_full("", finding.text.en + finding.detail)
    if full or (finding.kind == "no answer" and death == CAUSE):
        return replace(outcome, finding=replace(finding, text=SENTENCE, cause=SENTENCE, misconception=FULL))
    return outcome


def says_full(result: ExerciseResult) -> bool:
    """Whether a test failed for the card's memory."""
    return any(o.finding is not None and o.finding.misconception == FULL for o in result.outcomes)


def says_broken(result: ExerciseResult) -> bool:
    """Whether a test left the kernel without a usable card."""
    return any(o.finding is not None and is_broken(o.finding.text.en) for o in result.outcomes)
