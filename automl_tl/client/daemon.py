"""The Python client's part that asks about the daemon itself."""

from automl_tl.client.connection import API, EVALUATE_SECONDS, Connection, Json


class DaemonCalls:
    """What is asked of the daemon, and of who asks."""

    _connection: Connection

    def healthy(self) -> Json:
        """Whether jobs are taken: raises where they are not."""
        return self._connection.get("/readyz")

    def caller(self) -> Json:
        """Who asks: ``tenant``, ``role``, ``who``, and ``key``, its id, None for the daemon's token."""
        return self._connection.get(f"{API}/caller")

    def system(self) -> Json:
        """How the daemon's machine, processes, store and registry are, and ``versions``."""
        return self._connection.get(f"{API}/system")

    def usage(self) -> Json:
        """``bytes`` in all, ``kinds``, ``models`` by name and version, ``jobs`` by kind."""
        return self._connection.get(f"{API}/usage")

    def collect(self, *, dry_run: bool = False) -> Json:
        """Free what nobody needs any more, or only say so: ``bytes``, and ``items`` with reasons."""
        body = {"dry_run": "yes" if dry_run else "no"}
        return self._connection.post(f"{API}/gc", json=body, seconds=EVALUATE_SECONDS)
