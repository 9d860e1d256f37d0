"""A sentence for a student, in each language of the course."""

from __future__ import annotations

from dataclasses import dataclass

LANGUAGES = ("en", "fr")


@dataclass(frozen=True)
class Text:
    """One sentence, or two, in English and in French.

    Parameters
    ----------
    en, fr : str
    """

    en: str
    fr: str

    def __getitem__(self, language: str) -> str:
        """The sentence in `language` (English where the language is unknown)."""
        return self.fr if language == "fr" else self.en

    def __add__(self, other: Text) -> Text:
        return Text(f"{self.en} {other.en}", f"{self.fr} {other.fr}")
