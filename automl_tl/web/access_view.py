"""Keys and quotas as the JSON objects of the API, and what makes them."""

from collections.abc import Sequence
from dataclasses import asdict

from automl_tl.domain import duration
from automl_tl.domain.api_key import ApiKey, new_key, read_key
from automl_tl.domain.caller import Role
from automl_tl.domain.name import checked_name
from automl_tl.domain.queue import Standing
from automl_tl.domain.quota import Quota
from automl_tl.errors import RequestError
from automl_tl.store.base import Store
from automl_tl.web.view import Json

MOST_SECONDS = 100 * 365.25 * 86400.0


def add_key(store: Store, *, tenant: str, role: Role, label: str, expires: str | None, who: str) -> Json:
    """Make a key that opens something for ``expires`` (a duration; None: always), and show it this once."""
    text = new_key()
    shown = read_key(text)
    assert shown is not None
    until = None if expires is None else store.now() + _seconds(expires)
    made = store.add_key(
        shown,
        tenant=checked_name(tenant, what="tenant"),
        role=role,
        label=_printable(label) or str(role),
        expires=until,
        who=who,
    )
    return {**key_json(made), "key": text}


def key_json(key: ApiKey) -> Json:
    """A key without its secret."""
    return {**asdict(key), "role": str(key.role)}


def grant(store: Store, quota: Quota, *, tenant: str, default: Quota, who: str) -> Json:
    """Give a tenant a quota of its own; what it may have then, and has of it now."""
    store.grant(quota, tenant=checked_name(tenant, what="tenant"), who=who)
    return next(row for row in quotas_json(store, default=default) if row["tenant"] == tenant)


def quotas_json(store: Store, *, default: Quota) -> Sequence[Json]:
    """Every tenant; ``default`` is what those may have that were granted nothing."""
    standings = store.front(quota=default).standings
    return [quota_json(tenant, standing) for tenant, standing in standings.items()]


def quota_json(tenant: str, standing: Standing) -> Json:
    """What a tenant may have, and what it has of it now."""
    return {
        "tenant": tenant,
        "running_jobs": standing.quota.running_jobs,
        "compute_seconds": standing.quota.compute_seconds,
        "running": standing.running,
        "used_seconds": None if standing.quota.compute_seconds is None else standing.seconds,
    }


def _seconds(text: str) -> float:
    try:
        found = duration.seconds(text)
    except ValueError as error:
        raise RequestError(f"expires: {error}") from None
    if found > MOST_SECONDS:
        raise RequestError(f"expires: {text[:100]!r} is more than a century; a key without it opens always")
    return found


def _printable(label: str) -> str:
    if label.isprintable():
        return label
    raise RequestError(f"label {label[:100]!r}: expected text that can be printed, on one line")
