"""Why a submission was not graded, in one line for a person."""

from __future__ import annotations

import errno
import sqlite3

import sqlalchemy.exc

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
    if isinstance(error, (sqlalchemy.exc.SQLAlchemyError, sqlite3.Error)):
        return gradebook_trouble(db_url, error)
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:600]}"


def gradebook_trouble(db_url: str, error: Exception) -> str:
    """What an error of the gradebook means."""
    text = " ".join(str(getattr(error, "orig", error)).split())[:160]
    if "disk is full" in text:
        return NO_SPACE
    if "is locked" in text:  # SQLite has waited some seconds
        return f"another program is writing into the gradebook {db_url}; when it is done, the same command goes on from here"
    return f"the gradebook {db_url} cannot be used ({text}); restore it from a backup or run `nbgrader db upgrade`"


def one_line(text: str) -> str:
    """What can be shown and stored; names of a student's files hold line breaks, colours and half characters."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
