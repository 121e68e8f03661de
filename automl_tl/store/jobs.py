"""Jobs as the people see them who submit them: added, listed, wished for, tried again."""

import secrets
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, bindparam, func, insert, select, update

from automl_tl.domain.audit import Deed
from automl_tl.domain.day import day_of
from automl_tl.domain.events import EventKind
from automl_tl.domain.job import MOVES, Job, JobRequest, JobState, Lease, Wish
from automl_tl.domain.metric import UNSETTLED
from automl_tl.errors import Conflict, NotFound
from automl_tl.store.audit import add_deed
from automl_tl.store.events import Fact, record
from automl_tl.store.expressions import Clock, InsertNew
from automl_tl.store.ids import time_ordered
from automl_tl.store.job_rows import SEEN, find_job, job_of
from automl_tl.store.name_metric import KNOWN_METRIC, with_metric
from automl_tl.store.part import Part, reads, writes_durably
from automl_tl.store.queue import take
from automl_tl.store.rows import dump
from automl_tl.store.schema import jobs, tenants

_NEW_TENANT = InsertNew(tenants).values(created=Clock())
_LOCK_TENANT = select(tenants.c.id).where(tenants.c.id == bindparam("wanted")).with_for_update(key_share=True)
_BY_KEY = select(jobs.c.id).where(jobs.c.tenant == bindparam("of_tenant"), jobs.c.key == bindparam("key"))
# All that an addition wants to know, in one question: a flood of them is bound by how many are asked.
_BEFORE = select(
    Clock().label("now"),
    select(tenants.c.id).where(tenants.c.id == bindparam("of_tenant")).scalar_subquery().label("tenant"),
    KNOWN_METRIC.label("metric"),
    _BY_KEY.scalar_subquery().label("known"),
)
_NEW_JOB = insert(jobs).inline()
_COUNTS = select(jobs.c.state, func.count()).group_by(jobs.c.state)
# Every state is named, so that an index tells them apart and no row of a tenant's is read.
_COUNTS_OF = _COUNTS.where(jobs.c.state.in_([*JobState]), jobs.c.tenant == bindparam("of_tenant"))
_PIVOT = jobs.alias()
_MOVE = update(jobs).where(jobs.c.id == bindparam("wanted"))


class SqlJobs(Part):
    """The queue from its submitters' side."""

    @writes_durably
    def add_job(
        self,
        connection: Connection,
        request: JobRequest,
        *,
        tenant: str,
        key: str | None = None,
        deed: Deed | None = None,
    ) -> Job:
        return add(connection, request, tenant=tenant, key=key, deed=deed)

    @writes_durably
    def begin_job(
        self, connection: Connection, request: JobRequest, *, tenant: str, holder: str, lease_seconds: float
    ) -> Lease:
        job = add(connection, request, tenant=tenant, key=None)
        lease = take(connection, holder=holder, lease_seconds=lease_seconds, job=job.id)
        assert lease is not None  # nobody else has seen the row yet
        return lease

    @reads
    def job(self, connection: Connection, id: str) -> Job:
        return find_job(connection, id)

    @reads
    def jobs(
        self,
        connection: Connection,
        *,
        tenant: str | None = None,
        name: str | None = None,
        states: Sequence[JobState] = (),
        before: str | None = None,
        limit: int = 100,
    ) -> tuple[Job, ...]:
        query = select(*SEEN).order_by(jobs.c.sequence.desc()).limit(limit)
        if tenant is not None:
            query = query.where(jobs.c.tenant == tenant)
        if name is not None:
            query = query.where(jobs.c.name == name)
        if before is not None:
            if tenant not in (None, find_job(connection, before).tenant):
                raise NotFound(f"there is no job {before}")
            pivot = select(_PIVOT.c.sequence).where(_PIVOT.c.id == before).scalar_subquery()
            query = query.where(jobs.c.sequence < pivot)
        if states:
            query = query.where(jobs.c.state.in_([state.value for state in states]))
        return tuple(job_of(row) for row in connection.execute(query))

    @reads
    def count_jobs(self, connection: Connection, *, tenant: str | None = None) -> dict[JobState, int]:
        found = connection.execute(_COUNTS if tenant is None else _COUNTS_OF, {"of_tenant": tenant})
        counts = {JobState(state): count for state, count in found}
        return {state: counts.get(state, 0) for state in JobState}

    @writes_durably
    def wish(self, connection: Connection, id: str, wish: Wish) -> Job:
        job = find_job(connection, id, to_change=True)
        if job.state is JobState.RUNNING:
            connection.execute(_MOVE, {"wanted": id, "wish": wish.value})
            return find_job(connection, id)
        if wish is Wish.DISCARD and job.state in (JobState.FAILED, JobState.CANCELLED):
            connection.execute(_MOVE.values(outcome=None), {"wanted": id})  # it names what is let go
            return _discard(connection, job)
        target = _TARGETS[wish]
        if job.state is target:
            return job
        if wish is Wish.NONE and job.state.is_final:
            raise Conflict(f"job {id} is {job.state}, but only a paused job can be resumed")
        moved = _move(connection, job, target, why=wish.value)
        return _discard(connection, moved) if wish is Wish.DISCARD else moved

    @writes_durably
    def retry(self, connection: Connection, id: str) -> Job:
        job = find_job(connection, id, to_change=True)
        if job.state not in (JobState.FAILED, JobState.CANCELLED):
            raise Conflict(f"job {id} is {job.state}, but only a failed or cancelled job can be tried again")
        if job.swept is not None:
            raise Conflict(f"the checkpoints of job {id} were let go on {day_of(job.swept)}: submit it anew")
        return _move(connection, job, JobState.QUEUED, why="retry")

    @writes_durably
    def sweep(self, connection: Connection, id: str) -> bool:
        job = find_job(connection, id, to_change=True)
        if not job.state.is_final:
            return False
        if job.swept is None:
            _discard(connection, job)
        return True


_TARGETS = {
    Wish.CANCEL: JobState.CANCELLED,
    Wish.DISCARD: JobState.CANCELLED,
    Wish.PAUSE: JobState.PAUSED,
    Wish.NONE: JobState.QUEUED,
}
_KINDS = {
    JobState.QUEUED: EventKind.JOB_REQUEUED,
    JobState.PAUSED: EventKind.JOB_PAUSED,
    JobState.CANCELLED: EventKind.JOB_FINISHED,
}


def add(
    connection: Connection, request: JobRequest, *, tenant: str, key: str | None, deed: Deed | None = None
) -> Job:
    """Queue a job within a transaction, ``deed`` noted with it as its target; the same key, the same job."""
    if key is not None and connection.dialect.name == "postgresql":
        connection.execute(_NEW_TENANT, {"id": tenant})
        connection.execute(_LOCK_TENANT, {"wanted": tenant})  # two adds with one key come in turn
    asked = {"of_tenant": tenant, "called": request.name, "key": key}
    before = connection.execute(_BEFORE, asked).one()
    if before.known is not None:
        known = find_job(connection, before.known)
        _require_same(request, known, key=key)
        _note(connection, deed, target=known.id)
        return known
    if before.tenant is None:
        connection.execute(_NEW_TENANT, {"id": tenant})
    request = with_metric(connection, request, tenant=tenant, known=before.metric)
    id = time_ordered("j", seconds=before.now, chance=secrets.randbits(25))
    job = Job(id=id, tenant=tenant, request=request, state=JobState.QUEUED, created=before.now)
    _insert(connection, job, key=key)
    _note(connection, deed, target=id)
    record(connection, _told(EventKind.JOB_QUEUED, job, JobState.QUEUED), tenant=tenant, job=id)
    return job


def _require_same(request: JobRequest, job: Job, *, key: str | None) -> None:
    """Raises Conflict unless the job was asked for so; what was left to the name or the data is settled."""
    settled = replace(request, metric=job.request.metric) if request.metric == UNSETTLED else request
    if job.request != settled:
        raise Conflict(f"the Idempotency-Key {key!r} was used for another job, {job.id}")


def _note(connection: Connection, deed: Deed | None, *, target: str) -> None:
    if deed is not None:
        add_deed(connection, replace(deed, target=target))


def _insert(connection: Connection, job: Job, *, key: str | None) -> None:
    row = {
        "id": job.id,
        "tenant": job.tenant,
        "name": job.request.name,
        "key": key,
        "request": dump(job.request),
        "priority": job.request.priority,
        "state": job.state.value,
        "wish": job.wish.value,
        "attempts": job.attempts,
        "fence": 0,
        "created": job.created,
        "spent_seconds": job.spent_seconds,
        "budget_seconds": job.request.budget.seconds,
    }
    connection.execute(_NEW_JOB, row)


def _move(connection: Connection, job: Job, target: JobState, *, why: str) -> Job:
    """A job that nobody runs goes where a person wants it."""
    if target not in MOVES[job.state]:
        raise Conflict(f"job {job.id} is {job.state}, and cannot become {target} any more")
    changes: dict[str, object] = {"finished": Clock()}
    if target is JobState.QUEUED:
        changes = {"finished": None, "failure": None, "outcome": None, "attempts": 0}
    elif target is JobState.PAUSED:
        changes = {}
    connection.execute(_MOVE.values(state=target.value, wish=Wish.NONE.value, **changes), {"wanted": job.id})
    record(connection, _told(_KINDS[target], job, target, reason=why), tenant=job.tenant, job=job.id)
    return find_job(connection, job.id)


def _discard(connection: Connection, job: Job) -> Job:
    """Nothing of an ended job is kept: it can neither be tried again nor handed out."""
    if job.swept is None:
        connection.execute(_MOVE.values(swept=Clock()), {"wanted": job.id})
    return find_job(connection, job.id)


def _told(kind: EventKind, job: Job, state: JobState, **more: object) -> Fact:
    seconds = job.request.budget.seconds
    return kind, {"state": state, "name": job.request.name, "budget_seconds": seconds, **more}
