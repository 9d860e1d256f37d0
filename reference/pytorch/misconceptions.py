"""The misconceptions of mini_gpt, part 1, one tuple an exercise, likeliest first.

    MASK      hypothesis(n) -> (n, n) tensor                          wrong_mask.py
    DECODER   hypothesis(model, ids) -> logits                        wrong_decoder.py
    SAMPLER   hypothesis(logits, temperature, draw) -> probabilities  wrong_sampler.py

The signatures are told in full at the top of those files. A hypothesis may agree with the right
answer on the smallest inputs (every decoder with one layer applies its first layer last): compare
with the right answer first, and with the hypotheses only when it differs.
"""

from reference.pytorch.wrong_decoder import DECODER
from reference.pytorch.wrong_mask import MASK
from reference.pytorch.wrong_sampler import SAMPLER, Draw, right_distribution
from reference.text import Misconception, Text

BY_EXERCISE: dict[str, tuple[Misconception, ...]] = {
    "create_causal_mask": MASK,
    "transformer_decoder": DECODER,
    "generate": SAMPLER,
}

__all__ = [
    "BY_EXERCISE",
    "DECODER",
    "MASK",
    "SAMPLER",
    "Draw",
    "Misconception",
    "Text",
    "right_distribution",
]
