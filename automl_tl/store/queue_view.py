"""The queue as a whole: who waits, who runs, how each tenant stands; and what the operator grants each."""

from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select, update

from automl_tl.domain.audit import Deed
from automl_tl.domain.job import JobState, Wish
from automl_tl.domain.queue import Queue, Running, Standing, Took, Waiting
from automl_tl.domain.quota import NO_QUOTA, Quota
from automl_tl.store.audit import add_deed
from automl_tl.store.expressions import Clock, InsertNew
from automl_tl.store.part import Part, reads, writes, writes_durably
from automl_tl.store.queue_order import (
    CLAIMS,
    COUNTED_SECONDS,
    HEAD,
    IS_QUEUED,
    IS_RUNNING,
    RUNNING,
    SERVED,
    quota_terms,
)
from automl_tl.store.schema import jobs, tenants

_MOST_TOOK = 100  # finished jobs that tell how long one takes
_LINE = (jobs.c.id, jobs.c.tenant, jobs.c.name, jobs.c.priority, jobs.c.sequence, jobs.c.budget_seconds)
_WAITING = select(*_LINE).where(IS_QUEUED)
_BEYOND = select(jobs.c.sequence).where(IS_QUEUED).limit(1).offset(bindparam("count"))
_HEADS = select(*_LINE).join(tenants, jobs.c.sequence == HEAD)
_ASK = (
    update(jobs)
    .where(jobs.c.id == bindparam("wanted"), IS_RUNNING, jobs.c.wish == Wish.NONE.value)
    .values(wish=Wish.YIELD.value)
)
_RUNNING = (
    select(
        *_LINE,
        jobs.c.holder,
        func.coalesce(jobs.c.served, 0).label("served"),
        jobs.c.wish,
        (jobs.c.spent_seconds + Clock() - jobs.c.claimed).label("seconds"),
    )
    .where(IS_RUNNING)
    .order_by(jobs.c.sequence)
)
_TOOK = (
    select(jobs.c.tenant, jobs.c.name, jobs.c.spent_seconds, jobs.c.budget_seconds)
    .where(jobs.c.state == JobState.SUCCEEDED.value)
    .order_by(jobs.c.sequence.desc())
    .limit(_MOST_TOOK)
)
_STANDINGS = select(
    tenants, SERVED.label("served"), RUNNING.label("running"), COUNTED_SECONDS.label("seconds")
).order_by(tenants.c.id)
_CLAIMS = select(CLAIMS)
_NEW_TENANT = InsertNew(tenants).values(created=Clock())
_GRANT = update(tenants).where(tenants.c.id == bindparam("wanted"))


class SqlQueueView(Part):
    """What decides who comes next, read at once."""

    @reads
    def queue(
        self, connection: Connection, *, quota: Quota = NO_QUOTA, most: int | None = None
    ) -> Queue | None:
        if most is not None and connection.execute(_BEYOND, {"count": most}).first() is not None:
            return None
        return Queue(
            claims=int(connection.execute(_CLAIMS).scalar_one()),
            waiting=_waiting(connection, _WAITING),
            running=_running(connection),
            standings=_standings(connection, quota),
            took=_took(connection),
        )

    @reads
    def front(self, connection: Connection, *, quota: Quota = NO_QUOTA) -> Queue:
        return Queue(
            claims=int(connection.execute(_CLAIMS).scalar_one()),
            waiting=_waiting(connection, _HEADS),
            running=_running(connection),
            standings=_standings(connection, quota),
        )

    @writes
    def ask_to_yield(self, connection: Connection, id: str) -> bool:
        return connection.execute(_ASK, {"wanted": id}).rowcount == 1

    @reads
    def quotas(self, connection: Connection) -> dict[str, Quota]:
        rows = connection.execute(select(tenants).order_by(tenants.c.id))
        return {
            row.id: Quota(running_jobs=row.running_jobs, compute_seconds=row.compute_seconds) for row in rows
        }

    @writes_durably
    def grant(self, connection: Connection, quota: Quota, *, tenant: str, who: str) -> None:
        connection.execute(_NEW_TENANT, {"id": tenant})
        granted: dict[str, float | None] = {
            "running_jobs": quota.running_jobs,
            "compute_seconds": quota.compute_seconds,
        }
        connection.execute(_GRANT.values(**granted), {"wanted": tenant})
        add_deed(connection, Deed(tenant=tenant, who=who, action="quota set", target=_told(granted)))


def _told(granted: dict[str, float | None]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in granted.items() if value is not None) or "none"


def _waiting(connection: Connection, which: Select[Any]) -> tuple[Waiting, ...]:
    return tuple(
        Waiting(
            job=row.id,
            tenant=row.tenant,
            name=row.name,
            priority=row.priority,
            sequence=row.sequence,
            budget_seconds=row.budget_seconds,
        )
        for row in connection.execute(which)
    )


def _running(connection: Connection) -> tuple[Running, ...]:
    return tuple(
        Running(
            job=row.id,
            tenant=row.tenant,
            name=row.name,
            priority=row.priority,
            holder=row.holder,
            served=row.served,
            wish=Wish(row.wish),
            seconds=row.seconds,
            budget_seconds=row.budget_seconds,
        )
        for row in connection.execute(_RUNNING)
    )


def _standings(connection: Connection, default: Quota) -> dict[str, Standing]:
    return {
        row.id: Standing(
            served=row.served,
            running=row.running,
            seconds=row.seconds,
            quota=Quota(
                running_jobs=default.running_jobs if row.running_jobs is None else row.running_jobs,
                compute_seconds=(
                    default.compute_seconds if row.compute_seconds is None else row.compute_seconds
                ),
            ),
        )
        for row in connection.execute(_STANDINGS, quota_terms(default))
    }


def _took(connection: Connection) -> tuple[Took, ...]:
    return tuple(
        Took(
            tenant=row.tenant,
            name=row.name,
            seconds=row.spent_seconds,
            budget_seconds=row.budget_seconds,
        )
        for row in connection.execute(_TOOK)
    )
