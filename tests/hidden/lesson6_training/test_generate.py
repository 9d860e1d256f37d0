"""generate: as in lesson 5, with the forward pass that remembers; the temperature is 0.8 by default."""

import pytest

from grader.checks.carried import carried
from reference.pure_python import mini_llm, training

TOOLS = (
    mini_llm.mat_vec,
    mini_llm.vec_add,
    mini_llm.softmax,
    mini_llm.relu,
    training.dot,
    training.mat_t_vec,
)
FORWARD = carried(training.forward_with_cache, *TOOLS, EMBED_DIM=mini_llm.EMBED_DIM)
pytestmark = pytest.mark.exercise("generate", relies_on={"forward_with_cache": FORWARD})


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Un texte qui commence par les lettres de start, sans points")
def test_text(writer):
    """A text that begins with the letters of start, without dots"""
    writer.check_text()


@pytest.mark.points(0.25)
@pytest.mark.title(fr="Le texte s'arrête au point")
def test_end(writer):
    """The text stops at the dot"""
    writer.check_end()


@pytest.mark.points(0.25)
@pytest.mark.title(fr="max_len lettres de plus au maximum (15 par défaut)")
def test_length(writer):
    """At most max_len more letters (15 by default)"""
    writer.check_length()


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Le hasard vient du module random : même graine, même texte")
def test_seeds(writer):
    """Chance comes from the module random: same seed, same text"""
    writer.check_seeds()


@pytest.mark.points(0.75)
@pytest.mark.title(fr="La première lettre suit p^(1/T)")
def test_temperature(writer):
    """The first letter follows p^(1/T)"""
    writer.check_temperature()


@pytest.mark.points(0.75)
@pytest.mark.title(fr="Chaque lettre suit le modèle qui lit les 8 dernières, start compris")
def test_context(writer):
    """Each letter follows the model that reads the last 8, start included"""
    writer.check_context()
