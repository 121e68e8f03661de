"""What was last done to the registry, and what somebody else did to it."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, insert, select, update

from automl_tl.domain.projection import Projection
from automl_tl.domain.promotion import Promotion, PromotionKind
from automl_tl.errors import Conflict
from automl_tl.store.decision_rows import last_promotion
from automl_tl.store.events import record
from automl_tl.store.expressions import Clock
from automl_tl.store.part import Part, reads, writes_durably
from automl_tl.store.promotions import APPEND, hold_name, lock_name, promoted
from automl_tl.store.study_schema import decisions, projections

_OF_NAME = (projections.c.tenant == bindparam("of_tenant"), projections.c.name == bindparam("called"))
_KEPT = select(projections).where(*_OF_NAME)
_FIRST = insert(projections)
_CHANGE = (
    update(projections)
    .where(*_OF_NAME)
    .values(stands=bindparam("at"), wanted=bindparam("to"), revision=bindparam("next"))
)
_GONE = (
    update(decisions)
    .where(decisions.c.id == bindparam("wanted"), decisions.c.gone.is_(None))
    .values(gone=Clock(), gone_why=bindparam("why"))
)


class SqlProjections(Part):
    """The registry's aliases as they were left."""

    @reads
    def projection(self, connection: Connection, *, tenant: str, name: str) -> Projection | None:
        return _find(connection, tenant=tenant, name=name)

    @writes_durably
    def project(
        self,
        connection: Connection,
        *,
        tenant: str,
        name: str,
        stands: int | None,
        wanted: int | None,
        revision: int,
    ) -> Projection:
        lock_name(connection, tenant=tenant, name=name)
        made = Projection(stands=stands, wanted=wanted, revision=revision + 1)
        _replace(connection, made, tenant=tenant, name=name)
        return made

    @writes_durably
    def moved_by_hand(
        self,
        connection: Connection,
        *,
        tenant: str,
        name: str,
        version: int | None,
        decision: str | None,
        reason: str,
        hold: str | None,
        revision: int,
    ) -> Promotion:
        held = lock_name(connection, tenant=tenant, name=name)
        made = Projection(stands=version, wanted=version, revision=revision + 1)
        _replace(connection, made, tenant=tenant, name=name)
        kind = PromotionKind.EXTERNAL
        row = {"tenant": tenant, "name": name, "kind": kind.value, "decision": decision, "reason": reason}
        connection.execute(APPEND, {**row, "version": version})
        facts = [promoted(name, kind, version=version, reason=reason)]
        if hold is not None and held is None:
            facts.append(hold_name(connection, tenant=tenant, name=name, reason=hold))
        moved = last_promotion(connection, tenant=tenant, name=name)
        assert moved is not None
        record(connection, *facts, tenant=tenant, job=None)
        return moved

    @writes_durably
    def mark_gone(self, connection: Connection, ids: Sequence[str], *, why: str | None = None) -> None:
        for id in ids:
            connection.execute(_GONE, {"wanted": id, "why": why})


def _find(connection: Connection, *, tenant: str, name: str) -> Projection | None:
    row = connection.execute(_KEPT, {"of_tenant": tenant, "called": name}).one_or_none()
    return None if row is None else Projection(stands=row.stands, wanted=row.wanted, revision=row.revision)


def _replace(connection: Connection, made: Projection, *, tenant: str, name: str) -> None:
    """Put ``made`` in the place of the revision before it; the name is locked."""
    kept = _find(connection, tenant=tenant, name=name)
    revision = 0 if kept is None else kept.revision
    if revision != made.revision - 1:
        raise Conflict(f"another process moved the alias of {name} meanwhile: look again")
    if kept is None:
        row = {"tenant": tenant, "name": name, "stands": made.stands, "wanted": made.wanted}
        connection.execute(_FIRST, {**row, "revision": made.revision})
        return
    change = {"at": made.stands, "to": made.wanted, "next": made.revision}
    connection.execute(_CHANGE, {"of_tenant": tenant, "called": name, **change})
