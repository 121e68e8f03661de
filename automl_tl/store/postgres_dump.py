"""A store on PostgreSQL written to a file and read from one, by PostgreSQL's own programs."""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import Connection, Table, Text, bindparam, inspect, or_, select

from automl_tl.errors import Conflict, OperatorError
from automl_tl.store.access_schema import audit
from automl_tl.store.database import Database
from automl_tl.store.engine import store_url
from automl_tl.store.schema import SCHEMA
from automl_tl.store.study_schema import trials


def dump(where: str, to: Path) -> None:
    """One moment of the store, by ``pg_dump``: writers go on. Raises OperatorError."""
    _run("pg_dump", where, "--format=custom", f"--schema={SCHEMA}", f"--file={to}")


def load(where: str, file: Path) -> None:
    """Fill an empty database by ``pg_restore``, all of it or nothing; raises Conflict, OperatorError."""
    database = Database(store_url(where))
    try:
        if database.read(_holds_a_store):
            raise Conflict("the database holds a store already, but a backup is restored into an empty one")
    finally:
        database.close()
    words = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    _run("pg_restore", where, *words, str(file))


def change_texts(where: str, change: Callable[[str], str], *, marks: Sequence[str]) -> None:
    """Let ``change`` make another of every text that holds one of ``marks``, in one transaction.

    The audit log stays as it is: it says what was done where, and cannot be changed.
    """

    def all_of_them(connection: Connection) -> None:
        for table in trials.metadata.sorted_tables:
            if table is not audit:
                _change(connection, table, change, marks)

    database = Database(store_url(where))
    try:
        database.write(all_of_them)
    finally:
        database.close()


def _change(connection: Connection, table: Table, change: Callable[[str], str], marks: Sequence[str]) -> None:
    keys = list(table.primary_key.columns)
    for column in (c for c in table.columns if isinstance(c.type, Text) and c not in keys):
        query = select(*keys, column).where(or_(*(column.contains(mark, autoescape=True) for mark in marks)))
        for row in connection.execute(query).all():
            *found, text = row
            this = (key == value for key, value in zip(keys, found, strict=True))
            connection.execute(
                table.update().where(*this).values({column: bindparam("text")}), {"text": change(text)}
            )


def _holds_a_store(connection: Connection) -> bool:
    return inspect(connection).has_schema(SCHEMA)


def _run(program: str, where: str, *words: str) -> None:
    if shutil.which(program) is None:
        raise OperatorError(f"a store on PostgreSQL needs {program}: install PostgreSQL's client programs")
    url = store_url(where)
    # Other users of the machine see a command's words, but not its environment.
    secret = {} if url.password is None else {"PGPASSWORD": str(url.password)}
    plain = url.set(drivername="postgresql", password=None)
    command = [program, f"--dbname={plain.render_as_string()}", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **secret})
    if done.returncode != 0:
        raise OperatorError(f"{program} failed: {' '.join(done.stderr.split())[-300:]}")
