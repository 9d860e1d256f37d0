"""The hidden tests of `generate` that lessons 5 and 6 have in common; a lesson says what each is worth.

In a hidden test file::

    test_text = begins_with_start(0.5)
    test_end = stops_at_the_dot(0.5)

What is tested stands in `name_writer`; the lesson's fixture `writer` brings its model, its wrong
samplers and its usual temperature.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from grader.checks.name_writer import NameWriter

HiddenTest = Callable[[NameWriter], None]


def begins_with_start(points: float) -> HiddenTest:
    """The text is a text, and its beginning is what was given, without the dot."""
    return _test(
        points,
        "A text that begins with the letters of start, without dots",
        "Un texte qui commence par les lettres de start, sans points",
        NameWriter.check_text,
    )


def stops_at_the_dot(points: float) -> HiddenTest:
    """The dot ends the text and is not part of it."""
    return _test(points, "The text stops at the dot", "Le texte s'arrête au point", NameWriter.check_end)


def keeps_to_max_len(points: float) -> HiddenTest:
    """`max_len` bounds the letters that are added; its default is the contract's."""
    return _test(
        points,
        "At most max_len more letters (15 by default)",
        "max_len lettres de plus au maximum (15 par défaut)",
        NameWriter.check_length,
    )


def draws_from_random(points: float) -> HiddenTest:
    """A seed of `random`, and nothing else, decides the text."""
    return _test(
        points,
        "Chance comes from the module random: same seed, same text",
        "Le hasard vient du module random : même graine, même texte",
        NameWriter.check_seeds,
    )


def follows_the_temperature(points: float) -> HiddenTest:
    """The first letter's law is the model's at the temperature given, and at the usual one."""
    return _test(
        points,
        "The first letter follows p^(1/T)",
        "La première lettre suit p^(1/T)",
        NameWriter.check_temperature,
    )


def reads_the_last_letters(points: float) -> HiddenTest:
    """Each further letter's law is the model's after the last CONTEXT ids."""
    return _test(
        points,
        "Each letter follows the model that reads the last 8, start included",
        "Chaque lettre suit le modèle qui lit les 8 dernières, start compris",
        NameWriter.check_context,
    )


def _test(points: float, en: str, fr: str, judge: HiddenTest) -> HiddenTest:
    """A test of its own each time: marks are kept on the function, and two lessons differ in points."""

    @pytest.mark.points(points)
    @pytest.mark.title(fr=fr)
    def test(writer: NameWriter) -> None:
        judge(writer)

    test.__doc__ = en
    return test
