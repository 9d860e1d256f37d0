"""One connection to the gradebook, and one reading of nbgrader's schema, for a whole run.

nbgrader's steps each open the gradebook anew, whose queries are then compiled anew, and check the schema of
cell metadata against its own schema once a cell: together more than half of what the coordinator computes for
a submission.  Inside `one_connection` the database engine and the validators are kept, and tables are looked for
once.  Nothing else changes: the same code reads and writes, transactions end where they ended.

SQLite does not count its rows by itself.  Without counts it looks for a student's grade among those of the whole class,
which at 10,000 takes 18 ms instead of 2.  It is told to count each time the class has doubled.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import jsonschema
import nbgrader.api
import nbgrader.nbgraderformat.common
import sqlalchemy
import sqlalchemy.exc
from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for
from sqlalchemy import Engine

FIRST_COUNT = 64  # submissions


class Connection:
    """What is kept during a run."""

    def __init__(self) -> None:
        self._engines: dict[str, tuple[Engine, Any]] = {}
        self._validators: dict[str, Any] = {}
        self._saved = 0
        self._next_count = FIRST_COUNT

    def engine(self, url: str, **settings: Any) -> Engine:
        """The engine of a database, made at first."""
        if url not in self._engines:
            engine = sqlalchemy.create_engine(url, **settings)
            self._engines[url] = engine, engine.dispose
            engine.dispose = lambda *_, **__: None  # type: ignore[method-assign]  # Gradebook.close ends with it
        return self._engines[url][0]

    def validate(self, instance: Any, schema: Any) -> None:
        """Raise jsonschema's error for what does not follow the schema."""
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            kind = validator_for(schema)
            kind.check_schema(schema)
            self._validators[key] = kind(schema)
        error = best_match(self._validators[key].iter_errors(instance))
        if error is not None:
            raise error

    def saved(self) -> None:
        """One more submission is in the gradebook; SQLite counts its rows when they have doubled."""
        self._saved += 1
        if self._saved < self._next_count:
            return
        self._next_count *= 2
        for engine, _ in self._engines.values():
            if engine.dialect.name == "sqlite":
                with contextlib.suppress(sqlalchemy.exc.OperationalError), engine.begin() as connection:
                    connection.exec_driver_sql("ANALYZE")  # another program may hold it: then next time

    def renew(self) -> None:
        """Forget all connections: who was at their other end has gone."""
        for _, dispose in self._engines.values():
            dispose()

    def close(self) -> None:
        """End all connections."""
        self.renew()


@contextlib.contextmanager
def one_connection() -> Iterator[Connection]:
    """Keep engines and validators until the end; not for several threads at once."""
    kept, complete = Connection(), set[Any]()
    create_engine, tables = nbgrader.api.create_engine, nbgrader.api.Base.metadata

    def create_once(bind: Any, **settings: Any) -> None:
        if bind not in complete:
            type(tables).create_all(tables, bind, **settings)
            complete.add(bind)

    nbgrader.api.create_engine = kept.engine
    nbgrader.nbgraderformat.common.jsonschema = SimpleNamespace(validate=kept.validate)
    tables.create_all = create_once
    try:
        yield kept
    finally:
        nbgrader.api.create_engine = create_engine
        nbgrader.nbgraderformat.common.jsonschema = jsonschema
        del tables.create_all
        kept.close()
