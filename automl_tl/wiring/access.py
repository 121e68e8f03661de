"""Keys and quotas: of a daemon elsewhere where one is named, else of this home's store."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from automl_tl.client.client import Client
from automl_tl.domain.caller import Role
from automl_tl.domain.job import DEFAULT_TENANT
from automl_tl.domain.quota import Quota
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.web.access_view import add_key, grant, key_json, quotas_json
from automl_tl.wiring.opened_store import opened_store
from automl_tl.wiring.person import person

Json = dict[str, Any]


class Access(Protocol):
    """What a person asks of keys and quotas; raises NotFound, NotAllowed, RequestError."""

    def make_key(
        self, *, role: str, tenant: str | None = None, label: str = "", expires: str | None = None
    ) -> Json:
        """Make a key; ``key`` of the answer is shown this once."""

    def keys(self, *, tenant: str | None = None) -> Json:
        """Every key without its secret."""

    def revoke_key(self, id: str) -> Json:
        """Let a key open nothing any more."""

    def quotas(self) -> Json:
        """Every tenant that may be known of: its quota, and what it has of it now."""

    def set_quota(
        self, tenant: str, *, running_jobs: int | None = None, compute_seconds: float | None = None
    ) -> Json:
        """Grant a tenant a quota of its own."""


class LocalAccess:
    """Reads and writes the store here, for whoever sits at this machine."""

    def __init__(self, store: Store, *, default: Quota) -> None:
        self._store = store
        self._default = default

    def make_key(
        self, *, role: str, tenant: str | None = None, label: str = "", expires: str | None = None
    ) -> Json:
        """Make a key; ``key`` of the answer is shown this once."""
        of = tenant or DEFAULT_TENANT
        return add_key(self._store, tenant=of, role=Role(role), label=label, expires=expires, who=person())

    def keys(self, *, tenant: str | None = None) -> Json:
        """Every key without its secret."""
        return {"keys": [key_json(key) for key in self._store.api_keys(tenant=tenant)]}

    def revoke_key(self, id: str) -> Json:
        """Let a key open nothing any more."""
        return key_json(self._store.revoke_key(id, who=person()))

    def quotas(self) -> Json:
        """Every tenant: its quota, and what it has of it now."""
        return {"tenants": quotas_json(self._store, default=self._default)}

    def set_quota(
        self, tenant: str, *, running_jobs: int | None = None, compute_seconds: float | None = None
    ) -> Json:
        """Grant a tenant a quota of its own."""
        granted = Quota(running_jobs=running_jobs, compute_seconds=compute_seconds)
        return grant(self._store, granted, tenant=tenant, default=self._default, who=person())


@contextmanager
def opened_access(settings: Settings) -> Iterator[Access]:
    """Keys and quotas of the daemon that the settings name, or of their home's store."""
    if settings.url is not None:
        with Client.of(settings) as client:
            yield client
    else:
        with opened_store(settings) as store:
            yield LocalAccess(store, default=settings.quota)
