"""Bringing a store forward to the newest migration; one that has it already is not touched."""

import logging
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from automl_tl.errors import OperatorError
from automl_tl.store.database import Database
from automl_tl.store.schema import HEAD, SCHEMA

SCRIPTS = Path(__file__).parent / "migrations"
_log = logging.getLogger(__name__)


def migrate(database: Database) -> None:
    """Run the migrations that are missing, in one transaction; raises OperatorError for a newer store."""
    if database.read(version) == HEAD:
        return
    database.write(_upgrade, durable=True)


def version(connection: Connection) -> str | None:
    """The store's newest migration, None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # One at a time: of two programs that start together, the second finds the work done.
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('automl_tl.migrate'))"))
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    before = version(connection)
    if before == HEAD:
        return
    if before is not None and before > HEAD:
        raise OperatorError(f"the store has migration {before}, but this program knows only up to {HEAD}")
    _run_alembic(connection)
    _log.info("store migrated", extra={"from": before, "to": HEAD})


def _run_alembic(connection: Connection) -> None:
    # Imported here, since hardly any start needs it: it takes longer than all the rest of opening a store.
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    command.upgrade(config, "head")
