"""Fixtures of the hidden tests of lesson 5.

Parameters are drawn afresh for each submission, every number random and mild enough for an
unguarded logarithm; the reference's forward pass, run here, says what is right.
"""

import pytest

from grader.checks import letter_model
from grader.checks.name_writer import NameWriter
from reference.pure_python import mini_llm, wrong_generate
from reference.pure_python.wrong_mini_llm import BY_EXERCISE


@pytest.fixture
def params(rng):
    """Random parameters of the lesson's sizes."""
    return letter_model.random_params(rng, mini_llm.SHAPES)


@pytest.fixture
def contexts(rng):
    """Ids of every length from 1 to CONTEXT, smallest first; from 3 on a letter stands twice."""
    return letter_model.contexts(rng, mini_llm.VOCAB_SIZE, mini_llm.CONTEXT)


@pytest.fixture
def writer(student, rng):
    """The student's `generate` and models for it."""
    return NameWriter(student, rng, mini_llm, wrong_generate, BY_EXERCISE["generate"], 1.0)
