"""API keys as digests."""

import hmac

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from automl_tl.domain.api_key import ApiKey, Shown
from automl_tl.domain.audit import Deed
from automl_tl.domain.caller import Role
from automl_tl.errors import NotFound
from automl_tl.store.audit import add_deed
from automl_tl.store.expressions import Clock, InsertNew
from automl_tl.store.part import Part, reads, writes_durably
from automl_tl.store.rows import AnyRow
from automl_tl.store.schema import keys, tenants

_NEW_TENANT = InsertNew(tenants).values(created=Clock())
_NEW_KEY = insert(keys).values(created=Clock())
_KEY = select(keys).where(keys.c.id == bindparam("wanted"))
_STANDS = keys.c.revoked.is_(None) & or_(keys.c.expires.is_(None), keys.c.expires > Clock())
_STANDING = _KEY.where(_STANDS)
_COUNT = select(func.count()).select_from(keys).where(_STANDS)
_REVOKE = update(keys).where(keys.c.id == bindparam("wanted"), keys.c.revoked.is_(None))


class SqlKeys(Part):
    """Who may come in with a key."""

    @writes_durably
    def add_key(
        self,
        connection: Connection,
        shown: Shown,
        *,
        tenant: str,
        role: Role,
        label: str,
        expires: float | None,
        who: str,
    ) -> ApiKey:
        connection.execute(_NEW_TENANT, {"id": tenant})
        row = {"id": shown.id, "digest": shown.digest, "tenant": tenant, "label": label, "expires": expires}
        connection.execute(_NEW_KEY, {**row, "role": role.value})
        found = _found(connection, shown.id)
        target = f"{shown.id} ({label}, {role})"
        add_deed(connection, Deed(tenant=tenant, who=who, action="keys create", target=target))
        return found

    @reads
    def api_keys(self, connection: Connection, *, tenant: str | None = None) -> tuple[ApiKey, ...]:
        query = select(keys).order_by(keys.c.created, keys.c.id)
        if tenant is not None:
            query = query.where(keys.c.tenant == tenant)
        return tuple(_key(row) for row in connection.execute(query))

    @writes_durably
    def revoke_key(self, connection: Connection, id: str, *, who: str) -> ApiKey:
        found = _found(connection, id)
        if found.revoked is not None:
            return found
        connection.execute(_REVOKE.values(revoked=Clock()), {"wanted": id})
        target = f"{id} ({found.label}, {found.role})"
        add_deed(connection, Deed(tenant=found.tenant, who=who, action="keys revoke", target=target))
        return _found(connection, id)

    @reads
    def key_of(self, connection: Connection, shown: Shown) -> ApiKey | None:
        row = connection.execute(_STANDING, {"wanted": shown.id}).one_or_none()
        if row is None or not hmac.compare_digest(row.digest, shown.digest):
            return None
        return _key(row)

    @reads
    def standing_key(self, connection: Connection, id: str) -> ApiKey | None:
        row = connection.execute(_STANDING, {"wanted": id}).one_or_none()
        return None if row is None else _key(row)

    @reads
    def has_keys(self, connection: Connection) -> bool:
        return int(connection.execute(_COUNT).scalar_one()) > 0


def _found(connection: Connection, id: str) -> ApiKey:
    row = connection.execute(_KEY, {"wanted": id}).one_or_none()
    if row is None:
        raise NotFound(f"there is no key {id}")
    return _key(row)


def _key(row: AnyRow) -> ApiKey:
    return ApiKey(
        id=row.id,
        tenant=row.tenant,
        label=row.label,
        role=Role(row.role),
        created=row.created,
        expires=row.expires,
        revoked=row.revoked,
    )
