"""The words and the numbers of feedback, in each language."""

from __future__ import annotations

from grader.result import Finding
from grader.text import Text

WORDS = {
    "passed": Text("passed", "réussi"),
    "failed": Text("failed", "échoué"),
    "score": Text("Score:", "Note :"),
    "of": Text("of", "sur"),
    "points": Text("pts", "pts"),
    "carried": Text(
        "Tested with a right version of {names}, so that an earlier mistake costs you nothing here.",
        "Testé avec une version juste de {names} : une erreur précédente ne vous coûte rien ici.",
    ),
    "trace": Text("Your lines, from the call to the error:", "Vos lignes, de l'appel à l'erreur :"),
    "seen": Text("what your code gave", "ce que votre code donne"),
    "expected": Text("what was expected", "ce qui était attendu"),
    "framed": Text("framed: differs", "encadré : différent"),
    "all differ": Text("every number differs", "tous les nombres diffèrent"),
    "framed first": Text("framed: the first difference", "encadré : la première différence"),
    "window": Text("rows {}–{}, columns {}–{} of {} × {}", "lignes {} à {}, colonnes {} à {} sur {} × {}"),
    "row": Text("row", "ligne"),
    "column": Text("column", "colonne"),
    "others": Text("all others", "tous les autres"),
    "drawn": Text("seen in {} draws", "vu en {} tirages"),
    "law": Text("expected", "attendu"),
    "seen share": Text("seen", "vu"),
    "expected share": Text("expected", "attendu"),
    "distribution": Text(
        "what your code drew, beside what was expected", "ce que votre code a tiré, à côté de l'attendu"
    ),
    "drawn only": Text("what your code drew", "ce que votre code a tiré"),
    "curve": Text("the loss during training", "la perte pendant l'entraînement"),
    "loss": Text("loss", "perte"),
    "step": Text("step {}", "pas {}"),
    "goal": Text("expected: below {}", "attendu : moins de {}"),
}

# What is said where the course shows no values and no misconception explains the answer.
GENERAL = {
    "wrong": Text(
        "What your code gives is not what was expected. Test it yourself on small inputs.",
        "Ce que votre code donne n'est pas ce qui était attendu. Testez-le vous-même sur de petites entrées.",
    ),
    "error": Text("Your code raised an exception.", "Votre code a levé une exception."),
    "no answer": Text(
        "No usable answer came back from your code.",
        "Aucune réponse exploitable n'est revenue de votre code.",
    ),
}


def say(key: str, language: str) -> str:
    """A word of the feedback page."""
    return WORDS[key][language]


def at_full(reveal: str) -> bool:
    """Whether expected values are shown."""
    return reveal == "full"


def sentence(finding: Finding, language: str, reveal: str) -> str:
    """What a student reads about a failed test.

    Parameters
    ----------
    finding : Finding
    language : {"en", "fr"}
    reveal : {"message", "counterexample", "full"}
        Only the last two quote inputs and values; anything unknown counts as the first.
    """
    if reveal in ("counterexample", "full"):
        return finding.text[language]
    return (finding.cause or GENERAL.get(finding.kind, finding.text))[language]


def number_text(value: float | str, language: str) -> str:
    """A number of a matrix or a curve."""
    if isinstance(value, str):
        return {"-inf": "−∞", "inf": "∞"}.get(value, value)
    text = f"{value + 0.0:.3g}".replace("-", "−")
    return text.replace(".", ",") if language == "fr" else text


def share_text(value: float, language: str) -> str:
    """A share in percent."""
    percent = 100 * value
    text = f"{percent:.0f}" if percent >= 10 or percent == 0 else f"{percent:.1f}"
    text = "< 0.1" if text == "0.0" else text
    return f"{text.replace('.', ',')} %" if language == "fr" else f"{text}%"
