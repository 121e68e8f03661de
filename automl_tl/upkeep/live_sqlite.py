"""A SQLite file copied while others write it, and its texts changed."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from automl_tl.errors import OperatorError

_BUSY_SECONDS = 60.0
_AUDIT = "audit"


def copy_live(source: Path, target: Path) -> None:
    """One moment of the file, by SQLite's online backup: writers go on; raises OperatorError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with (
            closing(
                sqlite3.connect(f"file:{quote(str(source))}?mode=rw", uri=True, timeout=_BUSY_SECONDS)
            ) as live,
            closing(sqlite3.connect(target)) as copy,
        ):
            live.backup(copy)
    except sqlite3.Error as error:
        raise OperatorError(f"{source} cannot be copied: {error}") from error


def change_texts(path: Path, change: Callable[[str], str], *, marks: Sequence[str]) -> None:
    """Let ``change`` make another of every text that holds one of ``marks``, in one transaction.

    The audit log stays as it is: it says what was done where, and cannot be changed.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.create_function("changed", 1, change, deterministic=True)
        connection.execute("BEGIN")
        for table in _tables(connection):
            for column in _columns(connection, table):
                found = " OR ".join(f"instr({column}, ?)" for _ in marks)
                connection.execute(
                    f"UPDATE {table} SET {column} = changed({column}) "
                    f"WHERE typeof({column}) = 'text' AND ({found})",
                    tuple(marks),
                )
        connection.execute("COMMIT")


def _tables(connection: sqlite3.Connection) -> list[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name != ?"
    return [_quoted(name) for (name,) in connection.execute(query, (_AUDIT,)).fetchall()]


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [_quoted(row[1]) for row in connection.execute(f"PRAGMA table_info({table})").fetchall()]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
