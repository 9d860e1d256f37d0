"""What a run keeps of the gradebook, and that it is given back."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import nbgrader.api
import pytest
from nbgrader.api import Gradebook

from grader.glue.one_connection import FIRST_COUNT, one_connection


def test_a_gradebook_is_made_written_and_read_as_ever(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/gradebook.db"
    with one_connection():
        with Gradebook(url) as book:
            book.add_student("anna")
        with Gradebook(url) as book:
            assert [s.id for s in book.students] == ["anna"]
    with Gradebook(url) as book:
        assert [s.id for s in book.students] == ["anna"]


def test_nbgrader_is_left_as_it_was(tmp_path: Path) -> None:
    make, metadata = nbgrader.api.create_engine, nbgrader.api.Base.metadata
    with pytest.raises(ZeroDivisionError), one_connection():
        assert nbgrader.api.create_engine is not make and "create_all" in vars(metadata)
        raise ZeroDivisionError
    assert nbgrader.api.create_engine is make and "create_all" not in vars(metadata)
    for name in ("one", "other"):  # tables are made in each new gradebook
        with Gradebook(f"sqlite:///{tmp_path}/{name}.db") as book:
            assert book.students == []


def counted(path: Path) -> int:
    """For how many tables and indexes SQLite knows how many rows they have."""
    with sqlite3.connect(path) as book:
        there = book.execute("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1'").fetchone()[0]
        number: int = book.execute("SELECT count(*) FROM sqlite_stat1").fetchone()[0] if there else 0
    return number


def test_sqlite_counts_its_rows_when_a_class_has_doubled(tmp_path: Path) -> None:
    path = tmp_path / "gradebook.db"
    with one_connection() as connection, Gradebook(f"sqlite:///{path}") as book:
        book.add_student("anna")
        for _ in range(FIRST_COUNT - 1):
            connection.saved()
        assert counted(path) == 0
        connection.saved()
        assert counted(path) > 0
        with sqlite3.connect(path) as other:
            other.execute("DELETE FROM sqlite_stat1")
        for _ in range(FIRST_COUNT - 1):
            connection.saved()
        assert counted(path) == 0
        connection.saved()
        assert counted(path) > 0


def test_a_gradebook_that_another_program_holds_is_counted_another_time(tmp_path: Path) -> None:
    path = tmp_path / "gradebook.db"
    with one_connection() as connection:
        with Gradebook(f"sqlite:///{path}?timeout=0.1") as book:
            book.add_student("anna")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        for _ in range(FIRST_COUNT):
            connection.saved()
        other.close()
    assert counted(path) == 0
