"""Webhooks from the client's side."""

from collections.abc import Iterable

from automl_tl.client.connection import Connection, Json
from automl_tl.domain.webhook import Occasion

PATH = "/api/v1/webhooks"


class Webhooks:
    """Addresses that are told of decisions, failures and missed schedules; for admins."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, url: str, *, on: Iterable[str] = tuple(Occasion)) -> Json:
        """Tell an address that the operator allows: ``webhook``, ``secret`` (shown once), and more."""
        return self._connection.post(PATH, json={"url": url, "on": [str(one) for one in on]})

    def list(self) -> Json:
        """``webhooks``, each with ``url`` and ``on``."""
        return self._connection.get(PATH)

    def show(self, id: str) -> Json:
        """One, with its newest ``deliveries``."""
        return self._connection.get(f"{PATH}/{id}")

    def remove(self, id: str) -> Json:
        """Tell it nothing more."""
        return self._connection.post(f"{PATH}/{id}/remove")
