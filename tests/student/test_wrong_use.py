"""A picture that is given what it cannot draw: one line, in the lesson's language, and what to look at."""

import math

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from grader.student import WrongUse, language, show_loss_curve
from grader.student.pictures import architecture, attention, bars, causal_mask, embeddings, loss_curve

NAN, INF = math.nan, math.inf
SQUARE = [[0.25] * 4] * 4
WRONG = {
    "weights that are scores": (lambda: attention.draw("chat", [3.0, 1, 2, 0.5]), "was softmax forgotten?",
                                "avez-vous oublié softmax ?"),
    "weights of nan": (lambda: attention.draw("chat", [NAN] * 4), "a whole row?", "une ligne entière ?"),
    "a position too far": (lambda: attention.draw("chat", SQUARE, asks=9), "asks=9, but positions go from 0 to 3",
                           "asks=9, mais les positions vont de 0 à 3"),
    "a position below 0": (lambda: attention.draw("chat", SQUARE[0], asks=-1), "from 0 to 3", "de 0 à 3"),
    "a letter that asks": (lambda: attention.draw("chat", SQUARE, asks="c"), "asks='c'", "asks='c'"),
    "too few weights": (lambda: attention.draw("chat", [0.5, 0.5]), "as many weights as there are tokens, here 4",
                        "autant de poids qu'il y a de tokens, ici 4"),
    "heads of two sizes": (lambda: attention.draw("chat", [SQUARE, 3]), "a list of rows", "une liste de lignes"),
    "no weights": (lambda: attention.draw("chat", None), "nothing to draw (None)", "rien à dessiner (None)"),
    "no tokens": (lambda: attention.draw("", []), 'a word ("chat")', 'un mot ("chat")'),
    "a number of tokens": (lambda: attention.draw(4, SQUARE), 'a word ("chat")', 'un mot ("chat")'),
    "bars below 0": (lambda: bars.draw([-1.0, 2.0]), "was softmax forgotten?", "avez-vous oublié softmax ?"),
    "bars above 1": (lambda: bars.draw([0.5, 3.0]), "was softmax forgotten?", "avez-vous oublié softmax ?"),
    "bars of nan": (lambda: bars.draw([NAN, 1.0]), "is nan. Look for", "vaut nan. Cherchez"),
    "bars without end": (lambda: bars.draw([10**400, 1]), "from 0 to 1", "de 0 à 1"),
    "no bars": (lambda: bars.draw([]), "no bar to draw", "aucune barre"),
    "top 0": (lambda: bars.draw([0.5], top=0), "top=1", "top=1"),
    "labels too many": (lambda: bars.draw([0.5, 0.5], "abc"), "3 labels for a list of 2", "3 étiquettes pour une liste de 2"),
    "one label": (lambda: bars.draw([0.5, 0.5], "a"), "1 label for a list of 2", "1 étiquette pour une liste de 2"),
    "labels from 1": (lambda: bars.draw([0.5, 0.5], {1: "a", 2: "b"}), "1 label", "1 étiquette"),
    "bars of texts": (lambda: bars.draw({"a": "b"}), "a list of numbers", "une liste de nombres"),
    "a small mask": (lambda: causal_mask.draw("chat", [[0.0]]), "yours is 1 × 1", "le vôtre est 1 × 1"),
    "an uneven mask": (lambda: causal_mask.draw([[0, 1], [0]]), "all of the same length", "toutes de même longueur"),
    "a mask of texts": (lambda: causal_mask.draw("ab", [["0", "-inf"]] * 2), "numbers only", "que des nombres"),
    "a mask of nothing": (lambda: causal_mask.draw(None), "nothing to draw", "rien à dessiner"),
    "a mask without return": (lambda: causal_mask.draw("ab", None), "nothing to draw", "rien à dessiner"),
    "a mask of 2.5": (lambda: causal_mask.draw(2.5), "a word", "un mot"),
    "a mask of 0": (lambda: causal_mask.draw(0), "of one letter or more", "d'une lettre ou plus"),
    "a map of nan": (lambda: embeddings.draw([[NAN, 0.0], [1.0, 2.0]], "ab"), "is nan, which cannot be drawn",
                     "vaut nan, ce qui ne se dessine pas"),
    "a map without end": (lambda: embeddings.draw([[INF] * 8] * 2, "ab"), "is lr too large?", "lr est-il trop grand ?"),
    "a huge map": (lambda: embeddings.draw([[1e200, 2, 3], [-1e200, 3, 4]], "ab"), "is 1e+200", "vaut 1e+200"),
    "a map of one": (lambda: embeddings.draw([[1, 2]], "ab"), "2 labels for a list of 1", "2 étiquettes pour une liste de 1"),
    "a map of empty rows": (lambda: embeddings.draw([[]], "a"), "a list of rows", "une liste de lignes"),
    "no map": (lambda: embeddings.draw({}, "ab"), "a list of rows", "une liste de lignes"),
    "losses of text": (lambda: show_loss_curve("abc"), "a list of numbers", "une liste de nombres"),
    "a baseline of nan": (lambda: loss_curve.draw({"": [3.0]}, NAN), "baseline=nan", "baseline=nan"),
    "a baseline of text": (lambda: loss_curve.draw({"": [3.0]}, ("x", "y")), "baseline='x'", "baseline='x'"),
    "no loss to add": (lambda: show_loss_curve().add(None), "a number was expected", "on attendait un nombre"),
    "losses to add": (lambda: show_loss_curve().add([3.0, 2.0]), "a number was expected", "on attendait un nombre"),
    "no model": (lambda: architecture.draw(3), "a model was expected", "on attendait un modèle"),
    "a model of nothing": (lambda: architecture.draw(None), "nothing to draw", "rien à dessiner"),
    "an odd model": (lambda: architecture.draw({"embeddings": [1], "W": [1], "b": 2}), "the shape of each", "la forme de chacun"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_one_line_says_what_is_wrong_and_what_to_look_at(what):
    draw, *sentences = WRONG[what]
    for spoken, sentence in zip(("en", "fr"), sentences, strict=True):
        language(spoken)
        with pytest.raises(WrongUse) as caught:
            draw()
        (line,) = caught.value._render_traceback_()
        assert sentence in line.replace("\u00a0", " ") and "\n" not in line
        assert line.startswith(("show_", "curve."))


def test_a_notebook_shows_the_line_and_no_frames(capsys):
    shell = InteractiveShell.instance()
    setup = "from grader.student import *\nlesson('lesson4_attention', language='fr')"
    shell.run_cell(setup).raise_error()
    for cell in ("show_attention('chat', [3.0, 1, 2, .5])", "check('causal_maks')", "show_bars([-1.0, 2.0])"):
        capsys.readouterr()
        assert isinstance(shell.run_cell(cell).error_in_exec, ValueError)
        told = capsys.readouterr().out.strip()
        assert len(told.splitlines()) == 1 and "Traceback" not in told
    InteractiveShell.clear_instance()


def test_validation_cuts_no_sentence(monkeypatch):
    monkeypatch.setenv("NBGRADER_VALIDATING", "1")
    with pytest.raises(WrongUse) as caught:
        attention.draw("chat", [0.5])
    told = caught.value._render_traceback_()
    assert len(told) > 1 and all(len(line) <= 80 for line in told) and " ".join(told) == str(caught.value)


def test_numbers_of_numpy_are_as_good_as_others():
    assert causal_mask.draw(np.int64(4)).text == causal_mask.draw(4).text
    assert loss_curve.draw({"": [3.0]}, np.float64(2.5)).text == loss_curve.draw({"": [3.0]}, 2.5).text
    assert bars.draw([0.25, 0.75], {0: "a", 1: "b"}).text == bars.draw([0.25, 0.75], ["a", "b"]).text


def test_a_loss_beyond_all_pages_leaves_a_gap():
    picture = loss_curve.draw({"": [3.0, 1e308, -1e308, 2.0]})
    assert picture.html.count("<circle") == 2  # in the drawing; the image of it is encoded
