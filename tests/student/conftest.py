"""Every test starts without an open lesson and in English."""

import pytest

from grader.student import lessons, speech


@pytest.fixture(autouse=True)
def nothing_chosen(monkeypatch):
    monkeypatch.delenv("AUTOREGRADE_LANGUAGE", raising=False)
    monkeypatch.delenv("NBGRADER_VALIDATING", raising=False)
    speech._chosen.clear()
    lessons._open.clear()
    for known in lessons._registered.values():
        known.done.clear()
    yield
    speech._chosen.clear()
    lessons._open.clear()
