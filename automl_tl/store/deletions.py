"""Versions whose bytes are let go: their decisions and moves stay for ever."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select, update

from automl_tl.domain.events import EventKind
from automl_tl.domain.gate import Outcome
from automl_tl.domain.job import JobState
from automl_tl.domain.promotion import PromotionKind, succession
from automl_tl.errors import Conflict
from automl_tl.store.decision_rows import decided_of, promotion_of
from automl_tl.store.events import record
from automl_tl.store.expressions import Clock
from automl_tl.store.part import Part, writes_durably
from automl_tl.store.promotions import APPEND, MOVES, lock_name, promoted
from automl_tl.store.schema import jobs
from automl_tl.store.study_schema import decisions

_OF_NAME = (decisions.c.tenant == bindparam("of_tenant"), decisions.c.name == bindparam("called"))
_STANDING = select(decisions).where(*_OF_NAME, decisions.c.version.is_not(None), decisions.c.gone.is_(None))
_UNREGISTERED = select(decisions.c.job).where(
    *_OF_NAME,
    decisions.c.version.is_(None),
    decisions.c.gone.is_(None),
    decisions.c.outcome != Outcome.REFUSE.value,
)
_DELETE = (
    update(decisions)
    .where(decisions.c.id == bindparam("wanted"))
    .values(gone=Clock(), gone_why=bindparam("why"))
)
_RUNNING = select(jobs.c.id).where(
    jobs.c.tenant == bindparam("of_tenant"),
    jobs.c.name == bindparam("called"),
    jobs.c.state == JobState.RUNNING.value,
)


class SqlDeletions(Part):
    """A version, or all of a name's, written down as deleted before any byte goes."""

    @writes_durably
    def delete_versions(
        self, connection: Connection, *, tenant: str, name: str, decisions: Sequence[str], reason: str
    ) -> None:
        lock_name(connection, tenant=tenant, name=name)
        line = {"of_tenant": tenant, "called": name}
        standing = [decided_of(row) for row in connection.execute(_STANDING, line)]
        moves = [promotion_of(row) for row in connection.execute(MOVES, line)]
        stands = succession(moves, versions=standing)
        gone = [decided for decided in standing if decided.id in decisions]
        for decided in gone:
            if decided.id in (stands.champion, stands.previous):
                role = "the champion" if decided.id == stands.champion else "what a rollback goes back to"
                raise Conflict(f"version {decided.version} of {name} is {role}: it is not deleted")
        if gone:
            connection.execute(_DELETE, [{"wanted": decided.id, "why": reason} for decided in gone])
            told = {"name": name, "versions": [decided.version for decided in gone], "reason": reason}
            record(connection, (EventKind.DELETED, told), tenant=tenant, job=None)

    @writes_durably
    def retire(self, connection: Connection, *, tenant: str, name: str, reason: str) -> None:
        lock_name(connection, tenant=tenant, name=name)
        line = {"of_tenant": tenant, "called": name}
        for query, why in ((_RUNNING, "is running"), (_UNREGISTERED, "is being registered")):
            job = connection.execute(query, line).scalars().first()
            if job is not None:
                raise Conflict(f"job {job} of {name} {why}: cancel it, or wait until it is done")
        gone = [decided_of(row) for row in connection.execute(_STANDING, line)]
        if not gone:
            return
        connection.execute(_DELETE, [{"wanted": decided.id, "why": reason} for decided in gone])
        kind = PromotionKind.RETIRED
        row = {"tenant": tenant, "name": name, "kind": kind.value, "decision": None, "reason": reason}
        connection.execute(APPEND, {**row, "version": None})
        told = {"name": name, "versions": [decided.version for decided in gone], "reason": reason}
        moved = promoted(name, kind, version=None, reason=reason)
        record(connection, (EventKind.DELETED, told), moved, tenant=tenant, job=None)
