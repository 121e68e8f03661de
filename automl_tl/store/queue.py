"""Jobs as their runners hold them: claimed, kept by heartbeat, handed back, ended."""

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, case, func, select, text, update

from automl_tl.domain.events import EventKind
from automl_tl.domain.job import MOVES, JobState, Lease, Phase, Wish
from automl_tl.domain.quota import NO_QUOTA, Quota
from automl_tl.errors import Conflict
from automl_tl.store.events import record
from automl_tl.store.expressions import Clock
from automl_tl.store.leases import FENCED, fence, hold, lost
from automl_tl.store.part import Part, reads, writes
from automl_tl.store.queue_order import CLAIMS, IS_RUNNING, NEXT, ONE, quota_terms
from automl_tl.store.rows import dump
from automl_tl.store.schedules import note_success
from automl_tl.store.schema import jobs

_LEASE_END = Clock() + bindparam("lease_seconds")
_CLAIM = (
    update(jobs)
    .values(
        state=JobState.RUNNING.value,
        attempts=jobs.c.attempts + 1,
        fence=jobs.c.fence + 1,
        holder=bindparam("by"),
        lease_until=_LEASE_END,
        claimed=Clock(),
        beat=Clock(),
        started=func.coalesce(jobs.c.started, Clock()),
        # Who goes on with a job that had its turn has no other.
        served=case((IS_RUNNING, jobs.c.served), else_=CLAIMS + 1),
        # A runner that died told nobody how long it had worked: until its last heartbeat at least.
        spent_seconds=jobs.c.spent_seconds + case((IS_RUNNING, jobs.c.beat - jobs.c.claimed), else_=0.0),
    )
    .returning(jobs.c.id, jobs.c.fence, jobs.c.tenant, jobs.c.name, jobs.c.attempts)
)
_CLAIM_NEXT = _CLAIM.where(jobs.c.sequence == NEXT)
_CLAIM_ONE = _CLAIM.where(jobs.c.sequence == ONE)
# Claims come one after the other, lest two of them count the same running jobs of one tenant.
_IN_TURN = text("SELECT pg_advisory_xact_lock(hashtext('automl_tl.claim'))")
_BEAT = update(jobs).where(FENCED).values(lease_until=_LEASE_END, beat=Clock()).returning(jobs.c.wish)
_EXPIRE = (
    update(jobs)
    .where(IS_RUNNING, jobs.c.holder == bindparam("by"), jobs.c.lease_until > Clock())
    .values(lease_until=Clock())
)
_HOLDERS = select(jobs.c.holder).where(IS_RUNNING).distinct().order_by(jobs.c.holder)
_ENTER = update(jobs).where(FENCED)
_RELEASE = update(jobs).where(FENCED).values(wish=Wish.NONE.value, holder=None, lease_until=None)
_LAST_RELEASE = select(jobs.c.fence, jobs.c.state).where(jobs.c.id == bindparam("wanted"))


class SqlQueue(Part):
    """The queue from its runners' side."""

    @writes
    def claim(
        self,
        connection: Connection,
        *,
        holder: str,
        lease_seconds: float,
        job: str | None = None,
        quota: Quota = NO_QUOTA,
    ) -> Lease | None:
        return take(connection, holder=holder, lease_seconds=lease_seconds, job=job, quota=quota)

    @writes
    def heartbeat(self, connection: Connection, lease: Lease, *, lease_seconds: float) -> Wish:
        wish = connection.execute(
            _BEAT, {**fence(lease), "lease_seconds": lease_seconds}
        ).scalar_one_or_none()
        if wish is None:
            raise lost(lease)
        return Wish(wish)

    @writes
    def expire(self, connection: Connection, *, holder: str) -> int:
        return connection.execute(_EXPIRE, {"by": holder}).rowcount

    @reads
    def holders(self, connection: Connection) -> tuple[str, ...]:
        return tuple(connection.execute(_HOLDERS).scalars())

    @writes
    def enter(self, connection: Connection, lease: Lease, phase: Phase) -> None:
        held = hold(connection, lease)
        if held.phase == phase:
            return
        connection.execute(_ENTER.values(phase=phase.value), fence(lease))
        record(connection, (EventKind.PHASE_ENTERED, {"phase": phase}), tenant=held.tenant, job=lease.job)

    @writes
    def requeue(self, connection: Connection, lease: Lease, *, spent_seconds: float, reason: str) -> None:
        _release(connection, lease, JobState.QUEUED, spent_seconds=spent_seconds, told={"reason": reason})

    @writes
    def finish(
        self,
        connection: Connection,
        lease: Lease,
        state: JobState,
        *,
        spent_seconds: float,
        outcome: Mapping[str, object] | None = None,
        failure: str | None = None,
    ) -> None:
        if state not in MOVES[JobState.RUNNING] or state is JobState.QUEUED:
            raise Conflict(f"job {lease.job} cannot finish as {state}: an end or a pause was expected")
        end: dict[str, object] = {
            "failure": failure,
            "outcome": None if outcome is None else dump(outcome),
        }
        _release(connection, lease, state, spent_seconds=spent_seconds, told={"failure": failure}, **end)


def take(
    connection: Connection, *, holder: str, lease_seconds: float, job: str | None, quota: Quota = NO_QUOTA
) -> Lease | None:
    """Claim the next job, or this one, within a transaction."""
    if connection.dialect.name == "postgresql" and job is None:
        connection.execute(_IN_TURN)
    statement = _CLAIM_NEXT if job is None else _CLAIM_ONE
    wanted = quota_terms(quota) if job is None else {"wanted": job}
    row = connection.execute(
        statement, {"by": holder, "lease_seconds": lease_seconds, **wanted}
    ).one_or_none()
    if row is None:
        return None
    data = {"state": JobState.RUNNING, "name": row.name, "attempt": row.attempts, "holder": holder}
    record(connection, (EventKind.JOB_STARTED, data), tenant=row.tenant, job=row.id)
    return Lease(job=row.id, holder=holder, fence=row.fence)


_KINDS = {JobState.QUEUED: EventKind.JOB_REQUEUED, JobState.PAUSED: EventKind.JOB_PAUSED}


def _release(
    connection: Connection,
    lease: Lease,
    state: JobState,
    *,
    spent_seconds: float,
    told: Mapping[str, object],
    **end: object,
) -> None:
    """The job leaves its runner; a second time, nothing happens."""
    if _is_released(connection, lease):
        return
    held = hold(connection, lease)
    state = _as_wished(state, held.wish)
    if state is JobState.QUEUED:  # handed back on purpose: that attempt is not held against the job
        end = {"attempts": jobs.c.attempts - 1}
    elif state.is_final:
        end = {**end, "finished": Clock()}
        if held.wish is Wish.DISCARD and state is JobState.CANCELLED:
            end["swept"] = Clock()
    released = _RELEASE.values(state=state.value, spent_seconds=jobs.c.spent_seconds + spent_seconds, **end)
    connection.execute(released, fence(lease))
    if state is JobState.SUCCEEDED:
        note_success(connection, lease.job)
    data = {"state": state, "name": held.name, "seconds": spent_seconds, **told}
    record(connection, (_KINDS.get(state, EventKind.JOB_FINISHED), data), tenant=held.tenant, job=lease.job)


def _is_released(connection: Connection, lease: Lease) -> bool:
    """Whether this very lease was given back before: the fence still stands, but nobody runs the job."""
    row = connection.execute(_LAST_RELEASE, {"wanted": lease.job}).one_or_none()
    return row is not None and row.fence == lease.fence and row.state != JobState.RUNNING


def _as_wished(state: JobState, wish: Wish) -> JobState:
    """A job that stops without an end goes where a person wished it, even if its runner did not hear."""
    if state in (JobState.QUEUED, JobState.PAUSED) and wish in (Wish.CANCEL, Wish.DISCARD):
        return JobState.CANCELLED
    if state is JobState.QUEUED and wish is Wish.PAUSE:
        return JobState.PAUSED
    return state
