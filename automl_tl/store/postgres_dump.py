"""A store on PostgreSQL written to a file and read from one, by PostgreSQL's own programs."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Table, Text, bindparam, inspect, or_, select

from automl_tl.errors import Conflict, OperatorError
from automl_tl.store.access_schema import audit
from automl_tl.store.database import Database
from automl_tl.store.engine import store_url
from automl_tl.store.migrate import version
from automl_tl.store.schema import SCHEMA
from automl_tl.store.study_schema import trials

_VERSION_TABLE = "alembic_version"
_VERSION = f"TABLE DATA {SCHEMA} {_VERSION_TABLE} "  # a line of what pg_restore lists


def dump(where: str, to: Path) -> None:
    """One moment of the store, by ``pg_dump``: writers go on. Raises OperatorError."""
    _run("pg_dump", where, "--format=custom", f"--schema={SCHEMA}", f"--file={to}")


def load(where: str, file: Path, change: Callable[[str], str], *, marks: Sequence[str]) -> None:
    """Fill an empty database by ``pg_restore``, and let ``change`` make another of every text with a mark.

    All of it or nothing: the store's version, without which no program opens it, is the last that is loaded.
    What a load that was killed left is known by that, and dropped by the next. The audit log is not changed:
    it says what was done where. Raises Conflict, OperatorError.
    """
    database = Database(store_url(where))
    try:
        database.write(_drop_unfinished)
        if database.read(_holds_a_store):
            raise Conflict("the database holds a store already, but a backup is restored into an empty one")
        try:
            _load(where, file, lambda: database.write(partial(_change_texts, change=change, marks=marks)))
        except BaseException:
            database.write(_drop_unfinished)
            raise
    finally:
        database.close()


def _load(where: str, file: Path, then: Callable[[], None]) -> None:
    words = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    with tempfile.NamedTemporaryFile("w", prefix="automl-tl-restore-") as contents:
        listed = _run("pg_restore", None, "--list", str(file)).splitlines(keepends=True)
        contents.writelines(line for line in listed if _VERSION not in line)
        contents.flush()
        _run("pg_restore", where, *words, f"--use-list={contents.name}", str(file))
    then()
    _run("pg_restore", where, *words, "--data-only", f"--table={_VERSION_TABLE}", str(file))


def _drop_unfinished(connection: Connection) -> None:
    """A schema that has its tables, but no version, is what a load left that did not come to its end."""
    if inspect(connection).has_table(_VERSION_TABLE, schema=SCHEMA) and version(connection) is None:
        connection.exec_driver_sql(f"DROP SCHEMA {SCHEMA} CASCADE")


def _change_texts(connection: Connection, *, change: Callable[[str], str], marks: Sequence[str]) -> None:
    for table in trials.metadata.sorted_tables:
        if marks and table is not audit:
            _change(connection, table, change, marks)


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


def _run(program: str, where: str | None, *words: str) -> str:
    """What it prints; ``where`` None: it asks no database."""
    if shutil.which(program) is None:
        raise OperatorError(f"a store on PostgreSQL needs {program}: install PostgreSQL's client programs")
    to, secret = ((), {}) if where is None else _address(where)
    command = [program, *to, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **secret})
    if done.returncode != 0:
        raise OperatorError(f"{program} failed: {' '.join(done.stderr.split())[-300:]}")
    return done.stdout


def _address(where: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """The words and the environment for it: other users see a command's words, but not its environment."""
    url = store_url(where)
    secret = {} if url.password is None else {"PGPASSWORD": str(url.password)}
    plain = url.set(drivername="postgresql", password=None)
    return (f"--dbname={plain.render_as_string()}",), secret
