"""Webhooks, and the outbox of what they are to be told."""

import secrets
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, insert, select, update

from automl_tl.domain.webhook import Delivery, Notice, Occasion, Sent, Webhook
from automl_tl.errors import NotFound
from automl_tl.store.access_schema import deliveries, webhooks
from automl_tl.store.expressions import Clock, InsertNew
from automl_tl.store.ids import time_ordered
from automl_tl.store.part import Part, reads, writes, writes_durably
from automl_tl.store.rows import AnyRow, dump, load
from automl_tl.store.schema import events, tenants

_NEW_TENANT = InsertNew(tenants).values(created=Clock())
_NEW = insert(webhooks)
_LIVING = webhooks.c.removed.is_(None)
_LAST_EVENT = select(func.coalesce(func.max(events.c.id), 0))
_REMOVE = (
    update(webhooks)
    .where(webhooks.c.id == bindparam("wanted"), webhooks.c.tenant == bindparam("of_tenant"), _LIVING)
    .values(removed=Clock())
    .returning(webhooks.c.id)
)
_DROP = (
    update(deliveries)
    .where(deliveries.c.webhook == bindparam("wanted"), deliveries.c.due.is_not(None))
    .values(due=None, failure="the webhook was removed")
)
_PUT_OUT = InsertNew(deliveries).values(attempts=0, due=Clock(), created=Clock()).inline()
_SEEN = update(webhooks).where(webhooks.c.seen < bindparam("up_to"), _LIVING).values(seen=bindparam("up_to"))
_DUE = (
    select(deliveries.c.id)
    .where(deliveries.c.due <= Clock())
    .order_by(deliveries.c.due, deliveries.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_TAKE = (
    update(deliveries)
    .where(deliveries.c.id.in_(_DUE))
    .values(due=Clock() + bindparam("lease_seconds"), attempts=deliveries.c.attempts + 1)
    .returning(deliveries)
)
_END = update(deliveries).where(deliveries.c.id == bindparam("wanted"), deliveries.c.due.is_not(None))


class SqlWebhooks(Part):
    """Whom to tell, and what of it is still to be sent."""

    @writes_durably
    def add_webhook(
        self, connection: Connection, *, tenant: str, url: str, occasions: Sequence[Occasion], secret: str
    ) -> Webhook:
        connection.execute(_NEW_TENANT, {"id": tenant})
        now = float(connection.execute(select(Clock())).scalar_one())
        made = Webhook(
            id=time_ordered("w", seconds=now, chance=secrets.randbits(25)),
            tenant=tenant,
            url=url,
            occasions=tuple(occasions),
            secret=secret,
            created=now,
            seen=int(connection.execute(_LAST_EVENT).scalar_one()),
        )
        row = {"id": made.id, "tenant": tenant, "url": url, "occasions": dump(made.occasions)}
        connection.execute(_NEW, {**row, "secret": secret, "created": now, "seen": made.seen})
        return made

    @reads
    def webhooks(self, connection: Connection, *, tenant: str | None = None) -> tuple[Webhook, ...]:
        query = select(webhooks).where(_LIVING).order_by(webhooks.c.created, webhooks.c.id)
        if tenant is not None:
            query = query.where(webhooks.c.tenant == tenant)
        return tuple(_webhook(row) for row in connection.execute(query))

    @writes_durably
    def remove_webhook(self, connection: Connection, id: str, *, tenant: str) -> None:
        found = connection.execute(_REMOVE, {"wanted": id, "of_tenant": tenant}).scalar_one_or_none()
        if found is None:
            raise NotFound(f"there is no webhook {id}")
        connection.execute(_DROP, {"wanted": id})

    @writes_durably
    def put_out(self, connection: Connection, notices: Sequence[Notice], *, seen: int) -> None:
        rows = [{"webhook": one.webhook, "event": one.event, "body": one.body} for one in notices]
        if rows:
            connection.execute(_PUT_OUT, rows)
        connection.execute(_SEEN, {"up_to": seen})

    @writes
    def take_deliveries(
        self, connection: Connection, *, most: int, lease_seconds: float
    ) -> tuple[Delivery, ...]:
        rows = connection.execute(_TAKE, {"most": most, "lease_seconds": lease_seconds}).all()
        found = connection.execute(select(webhooks).where(webhooks.c.id.in_([row.webhook for row in rows])))
        known = {row.id: _webhook(row) for row in found}
        return tuple(
            Delivery(
                id=row.id,
                webhook=known[row.webhook],
                event=row.event,
                body=row.body,
                attempts=row.attempts,
            )
            for row in sorted(rows, key=lambda row: row.id)
        )

    @writes
    def end_delivery(
        self, connection: Connection, id: int, *, failure: str | None, pause_seconds: float | None = None
    ) -> None:
        if failure is None:
            connection.execute(_END.values(due=None, delivered=Clock(), failure=None), {"wanted": id})
        else:
            due = None if pause_seconds is None else Clock() + pause_seconds
            connection.execute(_END.values(due=due, failure=failure), {"wanted": id})

    @reads
    def sent(self, connection: Connection, webhook: str, *, limit: int = 50) -> tuple[Sent, ...]:
        query = (
            select(deliveries)
            .where(deliveries.c.webhook == webhook)
            .order_by(deliveries.c.id.desc())
            .limit(limit)
        )
        return tuple(
            Sent(
                event=row.event,
                attempts=row.attempts,
                due=row.due,
                delivered=row.delivered,
                failure=row.failure,
            )
            for row in connection.execute(query)
        )


def _webhook(row: AnyRow) -> Webhook:
    return Webhook(
        id=row.id,
        tenant=row.tenant,
        url=row.url,
        occasions=load(tuple[Occasion, ...], row.occasions),
        secret=row.secret,
        created=row.created,
        seen=row.seen,
    )
