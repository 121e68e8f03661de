"""Connections to SQLite or PostgreSQL: how each is opened, and told what durability we want."""

import contextlib
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.pool import QueuePool, StaticPool

from automl_tl.errors import OperatorError
from automl_tl.store.schema import SCHEMA

BUSY_SECONDS = 15.0
IDLE_SECONDS = 30.0
"""A transaction whose client is silent for so long is ended: one that was frozen holds up nobody."""

_JOURNAL_BYTES = 64 * 2**20


def store_url(where: str | Path) -> URL:
    """The address of a store: a file's path, ``sqlite://`` (in memory) or ``postgresql://…``."""
    if isinstance(where, Path) or "://" not in where:
        return URL.create("sqlite", database=str(Path(where).expanduser().resolve()))
    url = make_url(where)
    if url.get_backend_name() in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() != "sqlite":
        raise OperatorError(f"a store on {url.get_backend_name()}, but SQLite or PostgreSQL was expected")
    return url


def connect(url: URL) -> Engine:
    """An engine whose connections are set up; nothing is written but SQLite's choice of a journal."""
    if url.get_backend_name() == "postgresql":
        return _connect_postgresql(url)
    return _connect_sqlite(url)


def is_in_memory(url: URL) -> bool:
    """Whether the database lives and dies with its one connection."""
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


def begin(connection: Connection, *, durable: bool) -> None:
    """Begin a write: at once exclusive on SQLite; ``durable``: not over before the disk has it."""
    if connection.dialect.name == "sqlite":
        _synchronise(connection, "FULL" if durable else "NORMAL")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif not durable:
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")


def _synchronise(connection: Connection, level: str) -> None:
    # Cannot be said inside a transaction; said only when it changes.
    if connection.info.get("synchronous") != level:
        connection.exec_driver_sql(f"PRAGMA synchronous = {level}")
        connection.info["synchronous"] = level


def _connect_sqlite(url: URL) -> Engine:
    if not is_in_memory(url):
        assert url.database is not None
        path = Path(url.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        _choose_journal(path)
    # Last in, first out: each connection in use holds two megabytes of pages.
    pool = {"poolclass": StaticPool} if is_in_memory(url) else {"poolclass": QueuePool, "pool_use_lifo": True}
    engine = create_engine(
        url,
        **pool,
        # No isolation level: transactions begin where we say so, and reads need none.
        connect_args={"timeout": BUSY_SECONDS, "isolation_level": None, "check_same_thread": False},
    )
    event.listen(engine, "connect", _each(_set_up_sqlite))
    return engine


def _choose_journal(path: Path) -> None:
    """Write-ahead logging is a property of the file; choosing it does not wait for others, so we do."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        with contextlib.closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as raw:
            try:
                raw.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as problem:
                if "locked" not in str(problem) or time.monotonic() > deadline:
                    raise
        time.sleep(0.01)


def _set_up_sqlite(cursor: Any) -> None:
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA journal_size_limit = {_JOURNAL_BYTES}")


def _connect_postgresql(url: URL) -> Engine:
    try:
        engine = create_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=20)
    except ModuleNotFoundError as missing:
        raise OperatorError(
            "a store on PostgreSQL needs psycopg: pip install 'automl-tl[postgres]'"
        ) from missing
    event.listen(engine, "connect", _each(_set_up_postgresql))
    return engine


def _set_up_postgresql(cursor: Any) -> None:
    cursor.execute(f"SET search_path TO {SCHEMA}")
    cursor.execute(f"SET lock_timeout TO '{int(BUSY_SECONDS)}s'")
    cursor.execute(f"SET idle_in_transaction_session_timeout TO '{int(IDLE_SECONDS * 1000)}ms'")


def _each(set_up: Callable[[Any], None]) -> Callable[[Any, Any], None]:
    def on_connect(connection: Any, _record: Any) -> None:
        with contextlib.closing(connection.cursor()) as cursor:
            set_up(cursor)
        connection.commit()  # or PostgreSQL would take the settings back with the first rollback

    return on_connect
