"""generate: as in lesson 5, with the forward pass that remembers; the temperature is 0.8 by default."""

import pytest

from grader.checks.carried import carried
from grader.checks.tests_of_generate import (
    begins_with_start,
    draws_from_random,
    follows_the_temperature,
    keeps_to_max_len,
    reads_the_last_letters,
    stops_at_the_dot,
)
from reference.pure_python import training

FORWARD = carried(training.forward_with_cache)
pytestmark = pytest.mark.exercise("generate", relies_on={"forward_with_cache": FORWARD})

test_text = begins_with_start(0.5)
test_end = stops_at_the_dot(0.25)
test_length = keeps_to_max_len(0.25)
test_seeds = draws_from_random(0.5)
test_temperature = follows_the_temperature(0.75)
test_context = reads_the_last_letters(0.75)
