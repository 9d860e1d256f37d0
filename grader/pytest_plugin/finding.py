"""From the exception a hidden test ended with to a `Finding`: what the student reads."""

from __future__ import annotations

import builtins
import json
import re
import traceback
from dataclasses import replace
from typing import Any

import pytest

from grader.bridge import NoAnswer, StudentError
from grader.errors import Misunderstood
from grader.result import Finding
from grader.text import Text

MAX_EVIDENCE = 16_000  # characters of JSON
# Orders to a terminal (colours, titles, the clipboard) and marks that turn the reading direction round.
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def finding_of(error: BaseException) -> Finding:
    """Classify the exception of a failed hidden test.

    Parameters
    ----------
    error : BaseException

    Returns
    -------
    Finding
        ``internal`` for anything that is not plainly about the student's answer.  Its texts may quote
        the student, so they are cut and hold nothing that UTF-8 does not, and nothing that a terminal obeys.
    """
    found = _classified(error)
    text = Text(_presentable(found.text.en), _presentable(found.text.fr))
    detail, evidence = _presentable(found.detail, 4000), _plain(found.evidence)
    return replace(found, text=text, detail=detail, evidence=evidence)


def _plain(evidence: dict[str, Any] | None) -> dict[str, Any] | None:
    """Evidence as JSON holds it; what cannot be kept, or is too much, is left out."""
    if evidence is None:
        return None
    try:
        text = json.dumps(evidence, allow_nan=False)
        text.encode("utf-8")
    except (TypeError, ValueError, RecursionError):
        return None
    plain: dict[str, Any] = json.loads(text)
    return plain if len(text) <= MAX_EVIDENCE and isinstance(plain, dict) else None


def _presentable(text: str, size: int = 1500) -> str:
    cut = text if len(text) <= size else f"{text[:size]}..."
    return UNSEEN.sub("\ufffd", cut).encode("utf-8", "replace").decode("utf-8")


def _classified(error: BaseException) -> Finding:
    if isinstance(error, Misunderstood):
        return Finding("wrong", error.text, error.misconception, error.detail, error.cause, error.evidence)
    if isinstance(error, StudentError):
        return _student_error(error)
    if isinstance(error, NoAnswer):
        return _no_answer(error)
    if isinstance(error, (AssertionError, pytest.fail.Exception)):
        said = str(error).strip().split("\n")[0][:500] or "a check failed"
        return Finding("wrong", Text(said, said))
    trace = "".join(traceback.format_exception(error))[-4000:]
    return Finding(
        "internal",
        Text(
            "This test could not be run; your teacher has been told. It is not your fault.",
            "Ce test n'a pas pu être exécuté ; l'équipe enseignante est prévenue. Vous n'y êtes pour rien.",
        ),
        None,
        trace,
    )


def _student_error(error: StudentError) -> Finding:
    at = f" (`{error.line.strip()}`)" if error.line.strip() else ""
    if error.name == "NameError" and error.call.startswith(f"{_missing_name(error.text)}("):
        name = _missing_name(error.text)
        text = Text(
            f"`{name}` is not defined when its tests run: the cell that defines it is missing, failed, or comes later.",
            f"`{name}` n'est pas défini quand ses tests s'exécutent : la cellule qui le définit manque, "
            "a échoué ou vient plus loin.",
        )
        return Finding("error", text, "not_defined", error.trace, text)
    if error.name == "NotImplementedError":
        return Finding(
            "error",
            Text(
                f"`{error.call}` is not written yet: it raises NotImplementedError.",
                f"`{error.call}` n'est pas encore écrit : l'appel lève NotImplementedError.",
            ),
            "not_written",
            error.trace,
            Text(
                "This is not written yet: your code raises NotImplementedError.",
                "Ce n'est pas encore écrit : votre code lève NotImplementedError.",
            ),
        )
    said = f"{error.name}: {error.text}"[:300]
    return Finding(
        "error",
        Text(f"`{error.call}` raised {said}{at}.", f"`{error.call}` a levé {said}{at}."),
        None,
        error.trace,
        _raised(error.name),
    )


def _raised(name: str) -> Text:
    """That an exception ended the call, without its text; a student may have named its class after an input."""
    known = getattr(builtins, name, None)
    if isinstance(known, type) and issubclass(known, BaseException):
        return Text(f"Your code raised {name}.", f"Votre code a levé {name}.")
    return Text("Your code raised an exception.", "Votre code a levé une exception.")


def _missing_name(text: str) -> str:
    return text.split("'")[1] if text.count("'") >= 2 else "\0"


def _no_answer(error: NoAnswer) -> Finding:
    named = f"`{error.call}`" if error.call else ""
    said = _unanswered(error, Text(named or "the call", named or "l'appel"), f" ({error.detail})")
    return Finding(
        "no answer", said, None, error.detail, _unanswered(error, Text("your code", "votre code"), "")
    )


def _unanswered(error: NoAnswer, call: Text, detail: str) -> Text:
    """The sentence about a call that got no answer."""
    sentences = {
        "late": (
            "{} did not finish within its time limit. Look for a loop that never ends.",
            "{} n'a pas terminé dans le temps imparti. Cherchez une boucle qui ne finit jamais.",
        ),
        "dead": (
            "The kernel ended during {}: it was killed, used too much memory, or your code called exit.",
            "Le noyau s'est arrêté pendant {} : il a été tué, a pris trop de mémoire, ou votre code a appelé exit.",
        ),
        "too large": (
            "{} returned something that cannot be read as plain values{}.",
            "{} a renvoyé quelque chose qui ne se lit pas comme des valeurs simples{}.",
        ),
    }
    fallback = ("No usable answer came back from {}.", "Aucune réponse exploitable n'est revenue de {}.")
    en, fr = (
        sentence.format(call[language], detail)
        for sentence, language in zip(sentences.get(error.reason, fallback), ("en", "fr"), strict=True)
    )
    return Text(en[0].upper() + en[1:], fr[0].upper() + fr[1:])
