"""What is said to a student: a text in two languages, and a misconception with its text.

A misconception is a wrong reference: a small function that computes, on the same inputs, what a
student who holds it returns. Whoever diagnoses asks which hypothesis reproduces the student's
values, so the message rests on evidence.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# French sets a no-break space before these signs and inside guillemets. Sources are written with
# ordinary spaces, which a reader can see, and changed here.
_BEFORE_SIGN = re.compile(r" (?=[:;!?»])")
_AFTER_GUILLEMET = re.compile(r"(?<=«) ")


@dataclass(frozen=True)
class Text:
    """The same text in English and in French.

    Parameters
    ----------
    en : str
        English text.
    fr : str
        French text; its spaces before ``: ; ! ? »`` and after ``«`` become no-break spaces.
    """

    en: str
    fr: str

    def __post_init__(self) -> None:
        spaced = _AFTER_GUILLEMET.sub("\u00a0", _BEFORE_SIGN.sub("\u00a0", self.fr))
        object.__setattr__(self, "fr", spaced)


@dataclass(frozen=True)
class Misconception:
    """A wrong idea about an exercise.

    Parameters
    ----------
    id : str
        Name in snake_case, unique in its exercise.
    sentence : Text
        What was seen, and which line probably causes it.
    hypothesis : callable, optional
        The wrong reference. None where no value shows the idea and a check of another kind
        (type, shape, parameters, gradients, call after call) has to recognise it.
    seen_by : str
        For such a check: what gives the idea away.
    """

    id: str
    sentence: Text
    hypothesis: Callable[..., Any] | None = None
    seen_by: str = ""
