"""nbgrader's own autograde tests pass with the sandboxed Execute (see `nbgrader_suite`)."""

from __future__ import annotations

import pytest

from . import nbgrader_suite

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_nbgraders_own_autograde_tests_pass_with_our_preprocessor(
    zygote: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GRADER_ZYGOTE", zygote)
    ended = nbgrader_suite.run(["-p", "no:warnings"])
    said = capfd.readouterr().out
    assert ended == 0, said
    assert "40 passed" in said, said
