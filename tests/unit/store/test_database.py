"""Writers of one process share commits, fail alone, and hear in our words what is wrong."""

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from patience import WAIT_SECONDS
from sqlalchemy import Connection, event

from automl_tl.errors import Conflict, DiskFull, StoreUnavailable
from automl_tl.store.database import Database
from automl_tl.store.engine import store_url
from automl_tl.store.sql import open_store


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A file with one table of numbers."""
    database = Database(store_url(tmp_path / "numbers.sqlite3"))
    database.write(lambda c: c.exec_driver_sql("CREATE TABLE numbers (number INTEGER PRIMARY KEY)"))
    yield database
    database.close()


def _add(connection: Connection, number: int) -> int:
    connection.exec_driver_sql("INSERT INTO numbers VALUES (?)", (number,))
    if number < 0:
        raise Conflict("a number below zero")
    return number


def _numbers(database: Database) -> list[int]:
    query = "SELECT number FROM numbers ORDER BY number"
    return database.read(lambda c: list(c.exec_driver_sql(query).scalars()))


def test_failed_write_leaves_nothing(database: Database) -> None:
    with pytest.raises(Conflict):
        database.write(lambda c: _add(c, -1))

    assert _numbers(database) == []
    assert database.write(lambda c: _add(c, 1)) == 1


def test_writers_that_wait_together_share_one_commit(database: Database) -> None:
    begun, may_end, commits = threading.Event(), threading.Event(), []

    def slow(connection: Connection) -> int:
        event.listen(connection.engine, "commit", commits.append)
        begun.set()
        assert may_end.wait(timeout=WAIT_SECONDS)
        return _add(connection, 0)

    with ThreadPoolExecutor(max_workers=9) as threads:
        first = threads.submit(database.write, slow)
        assert begun.wait(timeout=WAIT_SECONDS)
        others = [
            threads.submit(database.write, lambda c, n=n: _add(c, n), durable=True) for n in range(1, 9)
        ]
        while database.waiting < 8:
            assert not first.done()
        may_end.set()
        found = [
            first.result(timeout=WAIT_SECONDS),
            *(other.result(timeout=WAIT_SECONDS) for other in others),
        ]

    assert found == list(range(9)) == _numbers(database)
    assert len(commits) == 2


def test_one_writer_of_a_group_fails_alone(database: Database) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        begun.set()
        assert may_end.wait(timeout=WAIT_SECONDS)

    with ThreadPoolExecutor(max_workers=4) as threads:
        first = threads.submit(database.write, slow)
        assert begun.wait(timeout=WAIT_SECONDS)
        others = [threads.submit(database.write, lambda c, n=n: _add(c, n)) for n in (1, -2, 3)]
        while database.waiting < 3:
            assert not first.done()
        may_end.set()
        problems = [type(other.exception(timeout=WAIT_SECONDS)) for other in others]

    assert problems == [type(None), Conflict, type(None)]
    assert _numbers(database) == [1, 3]


def test_interrupted_writer_leaves_the_others_their_turn(database: Database) -> None:
    def interrupted(connection: Connection) -> None:
        _add(connection, 1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        database.write(interrupted)

    assert database.write(lambda c: _add(c, 2)) == 2
    assert _numbers(database) == [2]


def test_reader_is_not_held_up_by_a_writer(database: Database) -> None:
    def look_while_writing(connection: Connection) -> list[int]:
        _add(connection, 1)
        with ThreadPoolExecutor() as threads:
            return threads.submit(_numbers, database).result(timeout=WAIT_SECONDS)

    assert database.write(look_while_writing) == []
    assert _numbers(database) == [1]


def test_full_disk_is_said_to_be_full(database: Database) -> None:
    def fill(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE large AS SELECT randomblob(100000)")

    database.write(lambda c: _add(c, 1))
    database.read(lambda c: c.exec_driver_sql("PRAGMA max_page_count = 3").scalar())

    with pytest.raises(DiskFull, match="disk is full"):
        database.write(fill)

    assert _numbers(database) == [1]


def test_locked_store_is_unavailable(database: Database, tmp_path: Path) -> None:
    database.read(lambda c: c.exec_driver_sql("PRAGMA busy_timeout = 1").scalar())
    other = sqlite3.connect(tmp_path / "numbers.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailable, match="locked"):
        database.write(lambda c: _add(c, 1))

    other.execute("COMMIT")
    other.close()
    assert database.write(lambda c: _add(c, 1)) == 1


def test_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(StoreUnavailable, match="does not answer"):
        open_store("postgresql://nobody@127.0.0.1:1/nothing")


def test_durable_writes_are_synchronised_and_others_at_the_next_checkpoint(database: Database) -> None:
    def level(connection: Connection) -> int:
        return int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())

    levels = [database.write(level, durable=durable) for durable in (True, False, True)]

    full, normal = 2, 1
    assert levels == [full, normal, full]
