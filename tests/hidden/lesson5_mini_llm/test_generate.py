"""generate: letters drawn from the model, one after the other, until the dot or max_len."""

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
from reference.pure_python import mini_llm

FORWARD = carried(mini_llm.forward_llm)
TEMPERATURE = carried(mini_llm.apply_temperature)
pytestmark = pytest.mark.exercise(
    "generate", relies_on={"forward_llm": FORWARD, "apply_temperature": TEMPERATURE}
)

test_text = begins_with_start(0.5)
test_end = stops_at_the_dot(0.5)
test_length = keeps_to_max_len(0.5)
test_seeds = draws_from_random(0.5)
test_temperature = follows_the_temperature(1)
test_context = reads_the_last_letters(1)
