"""One connection to the gradebook, and one reading of nbgrader's schema, for a whole run.

nbgrader's steps each open the gradebook anew, whose queries are then compiled anew, and check the schema of
cell metadata against its own schema once a cell: together more than half of what the coordinator computes for
a submission.  Inside `one_connection` the database engine and the validators are kept.  Nothing else changes:
the same code reads and writes, transactions end where they ended.
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
from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for
from sqlalchemy import Engine


@contextlib.contextmanager
def one_connection() -> Iterator[None]:
    """Keep engines and validators until the end; not for several threads at once."""
    create_engine = nbgrader.api.create_engine
    engines: dict[str, tuple[Engine, Any]] = {}
    validators: dict[str, Any] = {}

    def kept_engine(url: str, **settings: Any) -> Engine:
        if url not in engines:
            engine = create_engine(url, **settings)
            engines[url] = engine, engine.dispose
            engine.dispose = lambda *_, **__: None  # type: ignore[method-assign]  # Gradebook.close ends with it
        return engines[url][0]

    def validate(instance: Any, schema: Any) -> None:
        key = json.dumps(schema, sort_keys=True)
        if key not in validators:
            kind = validator_for(schema)
            kind.check_schema(schema)
            validators[key] = kind(schema)
        error = best_match(validators[key].iter_errors(instance))
        if error is not None:
            raise error

    nbgrader.api.create_engine = kept_engine
    nbgrader.nbgraderformat.common.jsonschema = SimpleNamespace(validate=validate)
    try:
        yield
    finally:
        nbgrader.api.create_engine = create_engine
        nbgrader.nbgraderformat.common.jsonschema = jsonschema
        for _, dispose in engines.values():
            dispose()
