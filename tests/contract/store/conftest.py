"""The three places where a store can be: a file, memory, PostgreSQL."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from postgres_server import postgres_server
from sqlalchemy import Engine, create_engine

from automl_tl.store.database import Database
from automl_tl.store.engine import store_url
from automl_tl.store.sql import SqlStore, open_store
from automl_tl.store.study_schema import trials

# One worker for all of PostgreSQL's tests, so that one server is started.
POSTGRES = pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.xdist_group("postgres")])


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server of our own, its store migrated."""
    with postgres_server() as url:
        open_store(url).close()
        yield url


@pytest.fixture(scope="session")
def sweeper(postgres_url: str) -> Iterator[Engine]:
    """A connection that empties the store between tests."""
    url = postgres_url.replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(url, pool_pre_ping=True)  # one test has the server gone and back
    yield engine
    engine.dispose()


@pytest.fixture
def file_store(migrated_file: Path, tmp_path: Path) -> Path:
    """The path of an empty store."""
    return Path(shutil.copy(migrated_file, tmp_path / "store.sqlite3"))


@pytest.fixture
def postgres_store(postgres_url: str, sweeper: Engine) -> str:
    """The address of an empty store."""
    # Quicker than TRUNCATE where rows are few.
    tables = [f"DELETE FROM automl_tl.{table}" for table in reversed(trials.metadata.sorted_tables)]
    with sweeper.begin() as connection:
        # Triggers rest meanwhile: one keeps the audit log from being emptied.
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql("; ".join(tables))
    return postgres_url


@pytest.fixture
def memory_store(migrated_file: Path) -> SqlStore:
    """An empty store in memory, copied there: to migrate it takes ten times as long."""
    database = Database(store_url("sqlite://"))
    with closing(sqlite3.connect(migrated_file)) as migrated:
        database.read(lambda connection: migrated.backup(connection.connection.driver_connection))
    return SqlStore(database)


@pytest.fixture(params=["file", POSTGRES])
def shared_place(request: pytest.FixtureRequest) -> Path | str:
    """Where several processes can meet."""
    place: Path | str = request.getfixturevalue(f"{request.param}_store")
    return place


@pytest.fixture(params=["file", "memory", POSTGRES])
def store(request: pytest.FixtureRequest) -> Iterator[SqlStore]:
    """An empty store in each of the places."""
    found = request.getfixturevalue(f"{request.param}_store")
    store = found if isinstance(found, SqlStore) else open_store(found)
    yield store
    store.close()
