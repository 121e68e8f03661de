"""The Python client's part that keeps keys and quotas."""

from automl_tl.client.connection import API, Connection, Json


class AccessCalls:
    """What is asked of keys, for admins, and of quotas; the operator's reach every tenant."""

    _connection: Connection

    def make_key(
        self, *, role: str, tenant: str | None = None, label: str = "", expires: str | None = None
    ) -> Json:
        """Make a key of a tenant (None: one's own); ``key`` is what to show, and is told this once.

        ``expires`` is how long it opens anything, such as ``90d``; None: always.
        """
        body = {"role": str(role), "tenant": tenant, "label": label, "expires": expires}
        return self._connection.post(f"{API}/keys", json=body)

    def keys(self, *, tenant: str | None = None) -> Json:
        """``keys`` without their secrets, the oldest first."""
        return self._connection.get(f"{API}/keys", tenant=tenant)

    def revoke_key(self, id: str) -> Json:
        """Let a key open nothing any more; the key."""
        return self._connection.post(f"{API}/keys/{id}/revoke")

    def quotas(self) -> Json:
        """``tenants``: what each may have, and has of it now; one's own, unless one is the operator."""
        return self._connection.get(f"{API}/quotas")

    def set_quota(
        self, tenant: str, *, running_jobs: int | None = None, compute_seconds: float | None = None
    ) -> Json:
        """Grant a tenant a quota of its own, None as the daemon's settings say; what it may have then."""
        body = {"tenant": tenant, "running_jobs": running_jobs, "compute_seconds": compute_seconds}
        return self._connection.post(f"{API}/quotas", json=body)
