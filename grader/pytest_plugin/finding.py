"""From the exception a hidden test ended with to a `Finding`: what the student reads."""

from __future__ import annotations

import traceback
from dataclasses import replace

import pytest

from grader.bridge import NoAnswer, StudentError
from grader.checks.verdict import Misunderstood
from grader.result import Finding
from grader.text import Text


def finding_of(error: BaseException) -> Finding:
    """Classify the exception of a failed hidden test.

    Parameters
    ----------
    error : BaseException

    Returns
    -------
    Finding
        ``internal`` for anything that is not plainly about the student's answer.  Its texts may quote
        the student, so they are cut and hold nothing that UTF-8 does not.
    """
    found = _classified(error)
    text = Text(_presentable(found.text.en), _presentable(found.text.fr))
    return replace(found, text=text, detail=_presentable(found.detail, 4000))


def _presentable(text: str, size: int = 1500) -> str:
    cut = text if len(text) <= size else f"{text[:size]}..."
    return cut.encode("utf-8", "replace").decode("utf-8")


def _classified(error: BaseException) -> Finding:
    if isinstance(error, Misunderstood):
        return Finding("wrong", error.text, error.misconception, error.detail)
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
        return Finding(
            "error",
            Text(
                f"`{name}` is not defined when its tests run: the cell that defines it is missing, failed, or comes later.",
                f"`{name}` n'est pas défini quand ses tests s'exécutent : la cellule qui le définit manque, "
                "a échoué ou vient plus loin.",
            ),
            "not_defined",
            error.trace,
        )
    if error.name == "NotImplementedError":
        return Finding(
            "error",
            Text(
                f"`{error.call}` is not written yet: it raises NotImplementedError.",
                f"`{error.call}` n'est pas encore écrit : l'appel lève NotImplementedError.",
            ),
            "not_written",
            error.trace,
        )
    said = f"{error.name}: {error.text}"[:300]
    return Finding(
        "error",
        Text(f"`{error.call}` raised {said}{at}.", f"`{error.call}` a levé {said}{at}."),
        None,
        error.trace,
    )


def _missing_name(text: str) -> str:
    return text.split("'")[1] if text.count("'") >= 2 else "\0"


def _no_answer(error: NoAnswer) -> Finding:
    call = error.call or "the call"
    sentences = {
        "late": Text(
            f"`{call}` did not finish within its time limit. Look for a loop that never ends.",
            f"`{call}` n'a pas terminé dans le temps imparti. Cherchez une boucle qui ne finit jamais.",
        ),
        "dead": Text(
            f"The kernel ended during `{call}`: it was killed, used too much memory, or your code called exit.",
            f"Le noyau s'est arrêté pendant `{call}` : il a été tué, a pris trop de mémoire, ou votre code a appelé exit.",
        ),
        "too large": Text(
            f"`{call}` returned something that cannot be read as plain values ({error.detail}).",
            f"`{call}` a renvoyé quelque chose qui ne se lit pas comme des valeurs simples ({error.detail}).",
        ),
    }
    fallback = Text(
        f"No usable answer came back from `{call}`.", f"Aucune réponse exploitable n'est revenue de `{call}`."
    )
    return Finding("no answer", sentences.get(error.reason, fallback), None, error.detail)
