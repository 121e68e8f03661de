"""The store on SQLite or PostgreSQL."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, select

from automl_tl.store.audit import SqlAudit
from automl_tl.store.base import Store
from automl_tl.store.database import Database
from automl_tl.store.datasets import SqlDatasets
from automl_tl.store.deletions import SqlDeletions
from automl_tl.store.engine import store_url
from automl_tl.store.evaluations import SqlEvaluations
from automl_tl.store.events import SqlEvents
from automl_tl.store.expressions import Clock
from automl_tl.store.forgotten import SqlForgotten
from automl_tl.store.jobs import SqlJobs
from automl_tl.store.keys import SqlKeys
from automl_tl.store.measurements import SqlMeasurements
from automl_tl.store.migrate import migrate
from automl_tl.store.occurrences import SqlOccurrences
from automl_tl.store.part import reads
from automl_tl.store.past import SqlPast
from automl_tl.store.projections import SqlProjections
from automl_tl.store.promotions import SqlPromotions
from automl_tl.store.proofs import SqlProofs
from automl_tl.store.queue import SqlQueue
from automl_tl.store.queue_view import SqlQueueView
from automl_tl.store.schedules import SqlSchedules
from automl_tl.store.tallies import SqlTallies
from automl_tl.store.trials import SqlTrials
from automl_tl.store.turns import SqlTurns
from automl_tl.store.webhooks import SqlWebhooks


class SqlStore(
    SqlJobs,
    SqlQueue,
    SqlQueueView,
    SqlDatasets,
    SqlMeasurements,
    SqlTrials,
    SqlPast,
    SqlProofs,
    SqlEvaluations,
    SqlPromotions,
    SqlTurns,
    SqlProjections,
    SqlDeletions,
    SqlForgotten,
    SqlSchedules,
    SqlOccurrences,
    SqlKeys,
    SqlAudit,
    SqlWebhooks,
    SqlEvents,
    SqlTallies,
    Store,
):
    """All of it over one database; may be used from any thread, and beside others on the same database."""

    @reads
    def now(self, connection: Connection) -> float:
        return float(connection.execute(select(Clock())).scalar_one())

    def time_accesses(self, tell: Callable[[str, float], None]) -> None:
        self._database.timed = tell

    def close(self) -> None:
        self._database.close()


def open_store(where: str | Path) -> SqlStore:
    """The store at a file's path or an address, migrated forward first.

    Raises StoreUnavailable, DiskFull, or OperatorError where there is something else than a store of ours.
    """
    database = Database(store_url(where))
    try:
        migrate(database)
    except BaseException:
        database.close()
        raise
    return SqlStore(database)
