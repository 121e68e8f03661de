"""Who did what: rows are added, and the database refuses to change or delete one."""

from sqlalchemy import Connection, func, insert, select

from automl_tl.domain.audit import Deed, Noted, Wanted
from automl_tl.store.access_schema import audit
from automl_tl.store.expressions import Clock
from automl_tl.store.part import Part, reads, writes
from automl_tl.store.rows import AnyRow

_NEW = insert(audit).values(time=Clock()).returning(audit.c.id)
_answer = audit.alias("answer")
_DEEDS = (
    select(audit, func.coalesce(audit.c.status, _answer.c.status).label("answered"))
    .join(_answer, _answer.c.about == audit.c.id, isouter=True)
    .where(audit.c.about.is_(None))
    .order_by(audit.c.id.desc())
)


class SqlAudit(Part):
    """The audit log; a deed that is written durably takes its note, written before, along to the disk."""

    @writes
    def note(self, connection: Connection, deed: Deed, *, status: int | None = None) -> int:
        return add_deed(connection, deed, status=status)

    @writes
    def note_status(self, connection: Connection, number: int, status: int) -> None:
        row = connection.execute(select(audit).where(audit.c.id == number)).one()
        add_deed(connection, _deed(row), status=status, about=number)

    @reads
    def deeds(self, connection: Connection, wanted: Wanted) -> tuple[Noted, ...]:
        query = _DEEDS.limit(wanted.limit)
        if wanted.tenant is not None:
            query = query.where(audit.c.tenant == wanted.tenant)
        if wanted.since is not None:
            query = query.where(audit.c.time >= wanted.since)
        for column, part in (
            (audit.c.who, wanted.who),
            (audit.c.action, wanted.action),
            (audit.c.target, wanted.target),
        ):
            if part is not None:
                query = query.where(column.contains(part, autoescape=True))
        return tuple(
            Noted(id=row.id, time=row.time, deed=_deed(row), status=row.answered)
            for row in connection.execute(query)
        )


def add_deed(
    connection: Connection, deed: Deed, *, status: int | None = None, about: int | None = None
) -> int:
    """Add a row within a transaction; its number."""
    row = {
        "tenant": deed.tenant,
        "who": deed.who,
        "address": deed.address,
        "action": deed.action,
        "target": deed.target,
    }
    return int(connection.execute(_NEW, {**row, "status": status, "about": about}).scalar_one())


def _deed(row: AnyRow) -> Deed:
    return Deed(tenant=row.tenant, who=row.who, action=row.action, target=row.target, address=row.address)
