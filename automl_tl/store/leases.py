"""The fence in front of every write of a runner."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, bindparam, select

from automl_tl.domain.job import JobState, Lease, Wish
from automl_tl.errors import LeaseLost
from automl_tl.store.schema import jobs

FENCED: ColumnElement[bool] = and_(
    jobs.c.id == bindparam("leased_job"),
    jobs.c.fence == bindparam("leased_fence"),
    jobs.c.holder == bindparam("leased_holder"),
    jobs.c.state == JobState.RUNNING.value,
)
# The row stays locked until the write is over, so no claim comes in between.
_HELD = (
    select(jobs.c.tenant, jobs.c.name, jobs.c.phase, jobs.c.wish)
    .where(FENCED)
    .with_for_update(key_share=True)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a write wants to know of the job it is for."""

    tenant: str
    name: str
    phase: str | None
    wish: Wish


def hold(connection: Connection, lease: Lease) -> Held:
    """The job, if the lease still stands; raises LeaseLost."""
    row = connection.execute(_HELD, fence(lease)).one_or_none()
    if row is None:
        raise lost(lease)
    return Held(tenant=row.tenant, name=row.name, phase=row.phase, wish=Wish(row.wish))


def fence(lease: Lease) -> dict[str, object]:
    """The parameters of ``FENCED``."""
    return {"leased_job": lease.job, "leased_fence": lease.fence, "leased_holder": lease.holder}


def lost(lease: Lease) -> LeaseLost:
    """The error of a lease that stands no more."""
    return LeaseLost(f"{lease.holder} no longer holds job {lease.job} (its fence was {lease.fence})")
