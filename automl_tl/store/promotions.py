"""Who was champion when: names, and every move of their alias."""

from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, insert, select, update

from automl_tl.domain.events import EventKind
from automl_tl.domain.promotion import Decided, ModelLine, Promotion, PromotionKind, why_gone
from automl_tl.errors import Conflict, NotFound
from automl_tl.store.decision_rows import decided_of, find_decided, last_promotion, promotion_of
from automl_tl.store.events import Fact, record
from automl_tl.store.expressions import Clock
from automl_tl.store.part import Part, reads, writes_durably
from automl_tl.store.schema import names
from automl_tl.store.study_schema import decisions, promotions

APPEND = insert(promotions).values(time=Clock()).inline()
_LINE = (names.c.tenant == bindparam("of_tenant"), names.c.name == bindparam("called"))
_LOCK = select(names.c.held).where(*_LINE).with_for_update(key_share=True)
_HOLD = update(names).where(*_LINE).values(held=bindparam("why"))
_LAST_MOVES = (
    select(func.max(promotions.c.id).label("id")).group_by(promotions.c.tenant, promotions.c.name).subquery()
)
_CHAMPIONS = select(promotions).join(_LAST_MOVES, _LAST_MOVES.c.id == promotions.c.id)
_CHAMPION = _CHAMPIONS.subquery()
_MODELS = (
    select(
        names.c.tenant.label("line_tenant"),
        names.c.name.label("line"),
        names.c.metric,
        names.c.held,
        _CHAMPION.c.id.label("move"),
        decisions,
    )
    .select_from(
        names.outerjoin(
            _CHAMPION, (_CHAMPION.c.tenant == names.c.tenant) & (_CHAMPION.c.name == names.c.name)
        ).outerjoin(decisions, decisions.c.id == _CHAMPION.c.decision)
    )
    .order_by(names.c.tenant, names.c.name)
)
_VERSIONS = (
    select(decisions)
    .where(decisions.c.tenant == bindparam("of_tenant"), decisions.c.name == bindparam("called"))
    .where(decisions.c.artifact != "")
    .order_by(decisions.c.sequence.desc())
)
_STANDING = _VERSIONS.where(decisions.c.gone.is_(None))
_DELETED = (
    select(decisions.c.version)
    .where(decisions.c.tenant == bindparam("of_tenant"), decisions.c.name == bindparam("called"))
    .where(decisions.c.gone_why.is_not(None), decisions.c.version.is_not(None))
)
MOVES = (
    select(promotions)
    .where(promotions.c.tenant == bindparam("of_tenant"), promotions.c.name == bindparam("called"))
    .order_by(promotions.c.id.desc())
)


class SqlPromotions(Part):
    """Names, their champions, and how they came to be."""

    @reads
    def model(self, connection: Connection, *, tenant: str, name: str) -> ModelLine:
        found = _models(connection, _MODELS.where(*_LINE), {"of_tenant": tenant, "called": name})
        if not found:
            raise _unknown(name)
        return found[0]

    @reads
    def models(self, connection: Connection, *, tenant: str | None = None) -> tuple[ModelLine, ...]:
        if tenant is None:
            return _models(connection, _MODELS, {})
        return _models(connection, _MODELS.where(_LINE[0]), {"of_tenant": tenant})

    @reads
    def versions(
        self, connection: Connection, *, tenant: str, name: str, standing: bool = False
    ) -> tuple[Decided, ...]:
        asked = _STANDING if standing else _VERSIONS
        rows = connection.execute(asked, {"of_tenant": tenant, "called": name})
        return tuple(decided_of(row) for row in rows)

    @reads
    def deleted(self, connection: Connection, *, tenant: str, name: str) -> frozenset[int]:
        return frozenset(connection.execute(_DELETED, {"of_tenant": tenant, "called": name}).scalars())

    @reads
    def promotions(self, connection: Connection, *, tenant: str, name: str) -> tuple[Promotion, ...]:
        rows = connection.execute(MOVES, {"of_tenant": tenant, "called": name})
        return tuple(promotion_of(row) for row in rows)

    @writes_durably
    def promote(
        self,
        connection: Connection,
        *,
        tenant: str,
        name: str,
        decision: str | None,
        kind: PromotionKind,
        reason: str,
        hold: str | None = None,
    ) -> Promotion:
        lock_name(connection, tenant=tenant, name=name)
        decided = None if decision is None else find_decided(connection, decision)
        if decided is not None and (decided.tenant, decided.name) != (tenant, name):
            raise Conflict(f"decision {decision} is about {decided.name}, not about {name}")
        if decided is not None and decided.gone is not None:
            raise Conflict(why_gone(decided))
        last = last_promotion(connection, tenant=tenant, name=name)
        if last is not None and (last.decision, last.kind, last.reason) == (decision, kind, reason):
            return last  # the same wish twice
        version = None if decided is None else decided.version
        row = {"tenant": tenant, "name": name, "kind": kind.value, "decision": decision, "reason": reason}
        connection.execute(APPEND, {**row, "version": version})
        job = None if decided is None else decided.job
        facts = [promoted(name, kind, version=version, reason=reason)]
        if hold is not None:
            facts.append(hold_name(connection, tenant=tenant, name=name, reason=hold))
        record(connection, *facts, tenant=tenant, job=job)
        moved = last_promotion(connection, tenant=tenant, name=name)
        assert moved is not None
        return moved

    @writes_durably
    def hold(self, connection: Connection, *, tenant: str, name: str, reason: str | None) -> None:
        if lock_name(connection, tenant=tenant, name=name) != reason:
            record(
                connection,
                hold_name(connection, tenant=tenant, name=name, reason=reason),
                tenant=tenant,
                job=None,
            )


def lock_name(connection: Connection, *, tenant: str, name: str) -> str | None:
    """Let nobody else move this name's alias until the transaction is over; why it is held, if it is.

    Raises NotFound.
    """
    row = connection.execute(_LOCK, {"of_tenant": tenant, "called": name}).one_or_none()
    if row is None:
        raise _unknown(name)
    held: str | None = row.held
    return held


def promoted(name: str, kind: PromotionKind, *, version: int | None, reason: str) -> Fact:
    """The event of an alias that moved."""
    return EventKind.PROMOTED, {"name": name, "kind": kind, "version": version, "reason": reason}


def hold_name(connection: Connection, *, tenant: str, name: str, reason: str | None) -> Fact:
    """Hold the name, or with None let it go; the event that says so."""
    connection.execute(_HOLD, {"of_tenant": tenant, "called": name, "why": reason})
    kind = EventKind.UNHELD if reason is None else EventKind.HELD
    return kind, {"name": name, "reason": reason}


def _unknown(name: str) -> NotFound:
    return NotFound(f"there is no model called {name}")


def _models(
    connection: Connection, query: Select[*tuple[Any, ...]], parameters: dict[str, object]
) -> tuple[ModelLine, ...]:
    rows = connection.execute(query, parameters).all()
    # One name's last move is read alone; each is written once, so the two reads agree.
    last = _CHAMPIONS if len(rows) != 1 else select(promotions).where(promotions.c.id == rows[0].move)
    moves = {move.id: promotion_of(move) for move in connection.execute(last)}
    return tuple(
        ModelLine(
            tenant=row.line_tenant,
            name=row.line,
            metric=row.metric,
            held=row.held,
            champion=None if row.id is None else decided_of(row),
            move=moves.get(row.move),
        )
        for row in rows
    )
