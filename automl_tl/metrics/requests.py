"""What was asked over HTTP; routes are templates, and what there are too many of becomes "other"."""

import threading
from collections.abc import Iterable

from prometheus_client.metrics_core import Metric

from automl_tl.metrics.catalogue import ANSWERING, REQUESTS
from automl_tl.metrics.numbers import Numbers

MOST_REQUESTS = 300  # combinations of method, route and status
_MOST_ROOMS = 24
_OTHER = "other"


class Requests:
    """Counts of this process; may be told from any thread."""

    def __init__(self) -> None:
        self._numbers = Numbers()
        self._seen: set[tuple[str, ...]] = set()
        self._rooms: set[str] = set()
        self._lock = threading.Lock()

    def count(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """One answered request."""
        with self._lock:
            labels = method, route, str(status)
            if labels not in self._seen and len(self._seen) >= MOST_REQUESTS:
                labels = _OTHER, _OTHER, _OTHER
            self._seen.add(labels)
            room = room_of(route)
            if room not in self._rooms and len(self._rooms) >= _MOST_ROOMS:
                room = _OTHER
            self._rooms.add(room)
            self._numbers.count(REQUESTS, *labels)
            self._numbers.observe(ANSWERING, seconds, room)

    def families(self) -> Iterable[Metric]:
        """Both figures."""
        with self._lock:
            return tuple(self._numbers.families((REQUESTS, ANSWERING)))


def room_of(route: str) -> str:
    """The part of the API, or ``page``: ``/api/v1/jobs/{id}/events`` is of ``jobs``."""
    parts = route.strip("/").split("/")
    if parts[0] != "api":
        return parts[0] if parts[0] in ("metrics", "static", "healthz", "readyz", _OTHER) else "page"
    return parts[2] if len(parts) > 2 else "page"
