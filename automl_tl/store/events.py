"""The events table: each fact is written in the transaction that makes it true, ids rise in commit order."""

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, func, insert, select, text

from automl_tl.domain.events import Event, EventKind
from automl_tl.store.expressions import Clock
from automl_tl.store.part import Part, reads, writes
from automl_tl.store.protocol.events import Events
from automl_tl.store.rows import AnyRow, dump_strict, load_object
from automl_tl.store.schema import events

_INSERT = insert(events).values(time=Clock()).inline()
_AFTER = (
    select(events).where(events.c.id > bindparam("after")).order_by(events.c.id).limit(bindparam("count"))
)
_OF_JOB = events.c.job == bindparam("of_job")
_OF_TENANT = events.c.tenant == bindparam("of_tenant")
_LAST = select(func.coalesce(func.max(events.c.id), 0))
# Held until the commit: who gets a higher id commits later.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('automl_tl.events'))")

Fact = tuple[EventKind, Mapping[str, object]]


def record(connection: Connection, *facts: Fact, tenant: str, job: str | None) -> None:
    """Append facts to the present transaction; must be its last statement, lest two of them deadlock."""
    if connection.dialect.name == "postgresql":
        connection.execute(_ONE_AT_A_TIME)
    rows = [{"kind": k.value, "tenant": tenant, "job": job, "data": dump_strict(data)} for k, data in facts]
    connection.execute(_INSERT, rows if len(rows) > 1 else rows[0])


class SqlEvents(Part, Events):
    """What happened, in commit order."""

    @writes
    def append(
        self,
        connection: Connection,
        kind: EventKind,
        *,
        tenant: str,
        job: str | None,
        data: Mapping[str, object],
    ) -> None:
        record(connection, (kind, data), tenant=tenant, job=job)

    @reads
    def events(
        self,
        connection: Connection,
        *,
        after: int = 0,
        job: str | None = None,
        tenant: str | None = None,
        limit: int = 1000,
    ) -> tuple[Event, ...]:
        query = _AFTER if job is None else _AFTER.where(_OF_JOB)
        query = query if tenant is None else query.where(_OF_TENANT)
        asked = {"after": after, "of_job": job, "of_tenant": tenant, "count": limit}
        found = connection.execute(query, asked)
        return tuple(_event(row) for row in found)

    @reads
    def last_event(self, connection: Connection) -> int:
        return int(connection.execute(_LAST).scalar_one())


def _event(row: AnyRow) -> Event:
    return Event(
        id=row.id,
        kind=EventKind(row.kind),
        time=row.time,
        tenant=row.tenant,
        job=row.job,
        data=load_object(row.data),
    )
