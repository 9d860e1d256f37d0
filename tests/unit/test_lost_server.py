"""A gradebook's server that goes away: steps are taken again, and what is said is true of a server."""

from __future__ import annotations

import pytest
from nbgrader.api import InvalidEntry
from sqlalchemy.exc import IntegrityError, OperationalError

from grader.glue import lost_server
from grader.glue.lost_server import GradebookLost, patiently
from grader.glue.reasons import reason_of

SERVER = "postgresql+psycopg://teacher:secret@host/gradebook"
GONE = OperationalError("INSERT ...", {}, Exception("server closed the connection unexpectedly"))


def as_nbgrader_says_it(error: Exception) -> Exception:
    """nbgrader hides it in an error of its own."""
    try:
        try:
            raise error
        except Exception as caught:
            raise InvalidEntry(*caught.args)  # noqa: B904  as it is written there
    except InvalidEntry as entry:
        return entry


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lost_server, "PAUSES", (0.0, 0.0))


def taken(*outcomes: object) -> tuple[object, int]:
    """Value of a step that fails as told at first; how often connections were forgotten."""
    left, renewed = list(outcomes), []

    def step() -> object:
        outcome = left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    value = patiently(step, SERVER, lambda: renewed.append(1))
    assert not left
    return value, len(renewed)


def test_a_server_that_comes_back_costs_nothing() -> None:
    assert taken("saved") == ("saved", 0)
    assert taken(GONE, as_nbgrader_says_it(GONE), "saved") == ("saved", 2)


def test_a_server_that_stays_away_ends_the_run_with_a_sentence() -> None:
    with pytest.raises(GradebookLost) as lost:
        taken(*[as_nbgrader_says_it(GONE)] * 3)
    said = str(lost.value)
    assert "is it running?" in said and "the same command goes on from here" in said
    assert "server closed the connection" in said
    assert "backup" not in said and "upgrade" not in said and "secret" not in said


def test_other_errors_are_not_waited_for() -> None:
    for error in (IntegrityError("INSERT ...", {}, Exception("not unique")), ValueError("no")):
        with pytest.raises(type(error)):
            taken(error)


def test_sqlite_has_no_server() -> None:
    with pytest.raises(OperationalError):
        patiently(lambda: (_ for _ in ()).throw(GONE), "sqlite:///gradebook.db", lambda: None)
    assert "restore it from a backup" in reason_of(GONE, "sqlite:///gradebook.db")
