"""A store on PostgreSQL, dumped while it is in use and restored into another database under another path."""

from collections.abc import Iterator
from pathlib import Path

import played_job
import pytest
from sqlalchemy import create_engine, text

from automl_tl.errors import Conflict, OperatorError
from automl_tl.settings import Settings
from automl_tl.store import postgres_dump
from automl_tl.store.sql import open_store
from automl_tl.wiring.backup import back_up_home, restore_home

pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("postgres")]


@pytest.fixture
def empty_url(postgres_url: str) -> Iterator[str]:
    """Another database of the same server."""
    engine = create_engine(
        postgres_url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE restored"))
        yield postgres_url.replace("/postgres?", "/restored?")
        connection.execute(text("DROP DATABASE restored"))
    engine.dispose()


def test_rows_come_back_in_an_empty_database_with_the_homes_new_path(
    postgres_store: str, empty_url: str, tmp_path: Path
) -> None:
    first = Settings(home=tmp_path / "first", store_url=postgres_store, registry="folder")
    first.home.mkdir()
    store = open_store(postgres_store)
    lease = played_job.begin(store)
    played_job.check(store, lease)
    artifact = first.folders.job(lease.job) / "artifacts" / "3"
    artifact.mkdir(parents=True)
    (artifact / "model.json").write_text("{}")
    decided = played_job.prove(store, lease, artifact=artifact)
    store.close()

    back_up_home(first, tmp_path / "backup")
    second = Settings(home=tmp_path / "second", store_url=empty_url, registry="folder")
    restore_home(second, tmp_path / "backup")

    store = open_store(empty_url)
    (found,) = store.versions(tenant="default", name="digits")
    store.close()
    assert found.digest == decided.digest
    assert Path(found.artifact) == second.folders.job(lease.job) / "artifacts" / "3"
    assert Path(found.artifact).is_dir()


def test_a_database_that_holds_a_store_is_not_overwritten(postgres_store: str, tmp_path: Path) -> None:
    postgres_dump.dump(postgres_store, tmp_path / "dump")

    with pytest.raises(Conflict, match="holds a store already"):
        postgres_dump.load(postgres_store, tmp_path / "dump", str, marks=())


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_restore_that_failed_part_way_leaves_no_store_and_is_made_again(
    postgres_store: str, empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_killed: bool
) -> None:
    first = Settings(home=tmp_path / "first", store_url=postgres_store, registry="folder")
    first.home.mkdir()
    store = open_store(postgres_store)
    lease = played_job.begin(store)
    store.close()
    first.folders.job(lease.job).mkdir(parents=True)
    (first.folders.job(lease.job) / "log.txt").write_text("begun\n")
    back_up_home(first, tmp_path / "backup")
    second = Settings(home=tmp_path / "second", store_url=empty_url, registry="folder")

    def broken(*_: object, **__: object) -> None:
        raise OperatorError("the text cannot be changed")

    with monkeypatch.context() as patch:
        patch.setattr(postgres_dump, "_change_texts", broken)  # all rows are loaded then
        if is_killed:  # nobody is left to drop them
            patch.setattr(postgres_dump, "_drop_unfinished", lambda connection: None)
        with pytest.raises(OperatorError, match="cannot be changed"):
            restore_home(second, tmp_path / "backup")

    restore_home(second, tmp_path / "backup")

    store = open_store(empty_url)
    (found,) = store.jobs()
    store.close()
    assert found.id == lease.job


def test_what_the_program_says_is_told_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="pg_dump failed") as failed:
        postgres_dump.dump(f"postgresql://u:s3cret@/x?host={tmp_path}", tmp_path / "dump")

    assert "s3cret" not in str(failed.value)
