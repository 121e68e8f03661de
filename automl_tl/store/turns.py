"""Whose turn it is to prove for a name."""

from sqlalchemy import Connection, bindparam, exists, select, update

from automl_tl.domain.job import JobState, Lease
from automl_tl.store.expressions import Clock
from automl_tl.store.leases import hold
from automl_tl.store.part import Part, writes
from automl_tl.store.promotions import lock_name
from automl_tl.store.schema import jobs, names
from automl_tl.store.study_schema import decisions

_LINE = (names.c.tenant == bindparam("of_tenant"), names.c.name == bindparam("called"))
# A prover that decided, ended, was given back or lost its lease has no turn any more.
_PROVER = (
    select(names.c.prover)
    .join(jobs, jobs.c.id == names.c.prover)
    .where(*_LINE, jobs.c.state == JobState.RUNNING.value, jobs.c.lease_until > Clock())
    .where(~exists().where(decisions.c.job == names.c.prover))
)
_TAKE = update(names).where(*_LINE).values(prover=bindparam("by"))


class SqlTurns(Part):
    """One prover a name."""

    @writes
    def take_turn(self, connection: Connection, lease: Lease, *, tenant: str, name: str) -> str | None:
        hold(connection, lease)
        lock_name(connection, tenant=tenant, name=name)
        line = {"of_tenant": tenant, "called": name}
        prover: str | None = connection.execute(_PROVER, line).scalar_one_or_none()
        if prover is None or prover == lease.job:
            connection.execute(_TAKE, {**line, "by": lease.job})
            return None
        return prover
