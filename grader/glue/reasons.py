"""Why a submission was not graded, in one line for a person."""

from __future__ import annotations

import errno
import sqlite3

import sqlalchemy.exc
from sqlalchemy.engine import make_url

from grader.errors import NotGradable

NO_SPACE = "there is no space left on the disk; free some and run the command again"


def reason_of(error: Exception, db_url: str) -> str:
    """What an error means for a submission.

    Parameters
    ----------
    error : Exception
    db_url : str
        Address of the gradebook.
    """
    if isinstance(error, NotGradable):
        return error.reason + (f"; {error.advice}" if error.advice else "")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NO_SPACE
    if (lost := lost_server(db_url, error)) is not None:
        return gradebook_trouble(db_url, lost)
    if isinstance(error, (sqlalchemy.exc.SQLAlchemyError, sqlite3.Error)):
        return gradebook_trouble(db_url, error)
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:600]}"


def gradebook_trouble(db_url: str, error: Exception) -> str:
    """What an error of the gradebook means."""
    text, shown = " ".join(str(getattr(error, "orig", error)).split())[:160], _without_password(db_url)
    if "disk is full" in text:
        return NO_SPACE
    if "is locked" in text:  # SQLite has waited some seconds
        return f"another program is writing into the gradebook {shown}; when it is done, the same command goes on from here"
    if lost_server(db_url, error) is not None:
        return (
            f"the server of the gradebook {shown} does not answer ({text}): is it running? What is graded stays graded; "
            "when it answers again, the same command goes on from here"
        )
    return f"the gradebook {shown} cannot be used ({text}); restore it from a backup or run `nbgrader db upgrade`"


def lost_server(db_url: str, error: BaseException | None) -> Exception | None:
    """The error below an error which says that the gradebook's server cannot be reached; None where none does.

    nbgrader turns such an error into one of its own (`InvalidEntry`), so that what it came from has to be looked at.

    Parameters
    ----------
    db_url : str
        A file, as SQLite's is, has no server.
    error : Exception
    """
    if db_url.startswith("sqlite"):
        return None
    while error is not None:
        unreachable = isinstance(error, (sqlalchemy.exc.OperationalError, sqlalchemy.exc.InterfaceError))
        if unreachable or (isinstance(error, sqlalchemy.exc.DBAPIError) and error.connection_invalidated):
            assert isinstance(error, Exception)
            return error
        error = error.__cause__ or error.__context__
    return None


def _without_password(db_url: str) -> str:
    try:
        return make_url(db_url).render_as_string(hide_password=True)
    except sqlalchemy.exc.ArgumentError:
        return db_url


def one_line(text: str) -> str:
    """What can be shown and stored; names of a student's files hold line breaks, colours and half characters."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
