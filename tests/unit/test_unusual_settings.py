"""Settings of PyTorch that an earlier cell has changed for good cost a right decoder nothing."""

import pytest
from test_hidden_mini_gpt import SOLUTIONS, graded, suite

__all__ = ["suite"]  # a fixture
RIGHT = (SOLUTIONS / "transformer_decoder/right/01_module_list.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("setting", ["set_grad_enabled(False)", "set_default_dtype(torch.float64)"])
def test_a_right_decoder_is_right_whatever_was_switched_before(suite, setting):
    result = graded(suite, "transformer_decoder", f"torch.{setting}\n{RIGHT}")
    assert [(o.test, o.finding) for o in result.outcomes if not o.passed] == []
