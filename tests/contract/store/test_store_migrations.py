"""Migrations lead from nothing to the tables that the queries know."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine
from store_values import PROOF, TENANT, claimed, wanted

from automl_tl.domain.gate import Opening
from automl_tl.errors import OperatorError
from automl_tl.store.migrate import SCRIPTS
from automl_tl.store.rows import dump
from automl_tl.store.schema import HEAD, SCHEMA
from automl_tl.store.sql import open_store
from automl_tl.store.study_schema import trials

METADATA = trials.metadata
OLD_ROWS = (
    "tenants VALUES ('default', 0)",
    "names VALUES ('default', 'digits', 'accuracy', NULL, 0)",
    "jobs (id, tenant, name, request, priority, state, wish, attempts, fence, created, spent_seconds)"
    " VALUES ('j-old', 'default', 'digits', '{}', 0, 'succeeded', 'none', 1, 1, 0, 0)",
)


def test_head_is_the_newest_migration() -> None:
    assert ScriptDirectory(str(SCRIPTS)).get_heads() == [HEAD]


def test_migrated_file_is_what_the_tables_say(migrated_file: Path, tmp_path: Path) -> None:
    described = create_engine(f"sqlite:///{tmp_path / 'described'}")
    METADATA.create_all(described)
    described.dispose()

    assert _statements(migrated_file) == _statements(tmp_path / "described")


@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
def test_migrated_schema_on_postgresql_is_what_the_tables_say(postgres_url: str, sweeper: Engine) -> None:
    with sweeper.connect() as connection:
        connection.exec_driver_sql(f"SET search_path TO {SCHEMA}")
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
        tables = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).scalar_one()
    assert tables == 0  # nothing of ours where others may have their tables


def test_store_that_is_up_to_date_opens_without_alembic(migrated_file: Path) -> None:
    code = (
        "import sys; from automl_tl.store.sql import open_store;"
        "open_store(sys.argv[1]).close(); sys.exit('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(migrated_file)], check=False, timeout=60)
    assert done.returncode == 0


def test_store_is_opened_again_as_it_was_left(tmp_path: Path) -> None:
    place = tmp_path / "folder" / "store.sqlite3"
    first = open_store(place)
    job = first.add_job(wanted(), tenant=TENANT)
    first.close()

    again = open_store(f"sqlite:///{place}")

    assert again.job(job.id) == job
    again.close()


def test_openings_from_before_samples_were_counted_count_against_every_later_test(tmp_path: Path) -> None:
    opened = "openings VALUES ('default', 'digits', 1, 'j-old', 'f0', 0)"
    store = open_store(_store_of_revision("0001", tmp_path, *OLD_ROWS, opened))

    opening = store.open_test(
        claimed(store), tenant=TENANT, name="digits", fingerprint="f1", samples=["a", "b"]
    )

    assert opening == Opening(number=2, reading=2)
    store.close()


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_champions_from_before_projections_are_kept(revision: str, tmp_path: Path) -> None:
    proof = dump(PROOF).replace("'", "''")
    decided = (
        "decisions (id, tenant, name, job, outcome, reason, proof, artifact, digest, lineage, version, time)"
        " VALUES ('d-old', 'default', 'digits', 'j-old', 'promote', 'it was better',"
        f" '{proof}', '/a', 'd', '{{}}', 4, 0)"
    )
    promoted = "promotions VALUES (1, 'default', 'digits', 'promote', 'd-old', 4, 'it was better', 0)"

    store = open_store(_store_of_revision(revision, tmp_path, *OLD_ROWS, decided, promoted))

    champion = store.model(tenant=TENANT, name="digits").champion
    assert champion is not None and (champion.version, champion.gone) == (4, None)
    assert store.projection(tenant=TENANT, name="digits") is None
    assert store.project(tenant=TENANT, name="digits", stands=4, wanted=4, revision=0).revision == 1
    assert store.take_turn(claimed(store), tenant=TENANT, name="digits") is None
    store.close()


def test_store_of_a_newer_program_is_left_alone(file_store: Path) -> None:
    with sqlite3.connect(file_store) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(OperatorError, match=rf"9999.*{HEAD}"):
        open_store(file_store)


def test_file_that_is_no_store_is_left_alone(tmp_path: Path) -> None:
    place = tmp_path / "picture.png"
    place.write_bytes(b"\x89PNG" * 1000)

    with pytest.raises(OperatorError, match="not a database"):
        open_store(place)

    assert place.read_bytes() == b"\x89PNG" * 1000


def test_only_sqlite_and_postgresql_are_stores() -> None:
    with pytest.raises(OperatorError, match="mysql"):
        open_store("mysql://somewhere/store")


def _store_of_revision(revision: str, folder: Path, *rows: str) -> Path:
    """A store as the program of that migration left it."""
    place = folder / "store.sqlite3"
    engine = create_engine(f"sqlite:///{place}")
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for row in rows:
            connection.exec_driver_sql(f"INSERT INTO {row}")
    engine.dispose()
    return place


def _statements(file: Path) -> set[tuple[str, str, str]]:
    with sqlite3.connect(file) as raw:
        rows = raw.execute(
            "SELECT type, name, sql FROM sqlite_master"
            " WHERE tbl_name != 'alembic_version' AND type != 'trigger'"
        )
        return {(kind, name, " ".join((sql or "").split())) for kind, name, sql in rows}
