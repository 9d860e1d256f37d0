"""In which language a student is spoken to, and the two-language sentence.

The language is, in this order: what `language("fr")` was told in this kernel, the environment
variable ``AUTOREGRADE_LANGUAGE``, English.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

LANGUAGES = ("en", "fr")
VARIABLE = "AUTOREGRADE_LANGUAGE"

# French sets a no-break space before these signs and inside guillemets; sources are written with
# ordinary spaces, which a reader can see.
_BEFORE_SIGN = re.compile(r" (?=[:;!?»%])")
_AFTER_GUILLEMET = re.compile(r"(?<=«) ")

_chosen: list[str] = []


class Text(NamedTuple):
    """The same sentence in English and in French; a pair ``("...", "...")`` does as well."""

    en: str
    fr: str


Words = str | tuple[str, str]


def language(name: str | None = None) -> str:
    """Choose the language of every message from now on; without an argument, say which it is.

    Parameters
    ----------
    name : {"en", "fr"}, optional

    Returns
    -------
    str
        The language in use.

    Raises
    ------
    WrongUse
        For a language that the course does not speak.
    """
    if name is not None:
        if name not in LANGUAGES:
            from grader.student.wrong_use import WrongUse  # which speaks the language chosen here

            raise WrongUse(
                f'language({name!r}): the course speaks English, "en", and French, "fr".',
                f'language({name!r}) : le cours parle anglais, "en", et français, "fr".',
            )
        _chosen[:] = [name]
    if _chosen:
        return _chosen[0]
    told = os.environ.get(VARIABLE, "en")[:2].lower()
    return told if told in LANGUAGES else "en"


def decimal(number: str) -> str:
    """A number as it is written in the language in use: 0.5, in French 0,5."""
    return number if language() == "en" else number.replace(".", ",")


def written(number: float, form: str = "") -> str:
    """A number as it is written in the language in use.

    Parameters
    ----------
    number : float or int
    form : str
        What would stand after the colon of an f-string: ``written(2832, ",")`` is "2,832", in French
        "2 832"; ``written(0.25, ".0%")`` is "25%", in French "25 %".
    """
    text = format(number, form)
    if language() == "en":
        return text
    return text.replace(",", "\u202f").replace(".", ",").replace("%", "\u00a0%")


def say(words: Words) -> str:
    """The sentence in the language in use; a plain string is the same in every language."""
    if isinstance(words, str):
        return words
    if language() == "en":
        return words[0]
    return _AFTER_GUILLEMET.sub("\u00a0", _BEFORE_SIGN.sub("\u00a0", words[1]))
