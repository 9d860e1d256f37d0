"""The misconceptions of mini_gpt, part 2, one tuple an exercise, likeliest first.

    PENALTY    hypothesis(logits, token_ids, penalty) -> logits           wrong_filters.py
    TOP_K      hypothesis(logits, k) -> logits                            wrong_filters.py
    TOP_P      hypothesis(logits, p) -> logits                            wrong_top_p.py
    FINE_TUNE  hypothesis(model, dataset, epochs, lr, batch_size) -> means  wrong_fine_tune.py
    GENERATE   hypothesis(model, ids, settings) -> probabilities          wrong_gpt2_sampler.py

The signatures are told in full at the top of those files. A hypothesis may agree with the right
answer on easy inputs: compare with the right answer first, and with the hypotheses only when it
differs, on all inputs together.
"""

from reference.pytorch.wrong_filters import PENALTY, TOP_K
from reference.pytorch.wrong_fine_tune import FINE_TUNE
from reference.pytorch.wrong_gpt2_sampler import GENERATE
from reference.pytorch.wrong_top_p import TOP_P
from reference.text import Misconception

BY_EXERCISE: dict[str, tuple[Misconception, ...]] = {
    "apply_repetition_penalty": PENALTY,
    "top_k_filter": TOP_K,
    "top_p_filter": TOP_P,
    "fine_tune": FINE_TUNE,
    "generate_with_params": GENERATE,
}

__all__ = ["BY_EXERCISE", "FINE_TUNE", "GENERATE", "PENALTY", "TOP_K", "TOP_P"]
