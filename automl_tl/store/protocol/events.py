"""What keeps the events."""

from collections.abc import Mapping
from typing import Protocol

from automl_tl.domain.events import Event, EventKind, Tally


class Events(Protocol):
    """What happened, in commit order."""

    def append(self, kind: EventKind, *, tenant: str, job: str | None, data: Mapping[str, object]) -> None:
        """Keep one event outside any other write."""

    def events(
        self, *, after: int = 0, job: str | None = None, tenant: str | None = None, limit: int = 1000
    ) -> tuple[Event, ...]:
        """Events with an id above ``after``, ascending; of one job or one tenant where that is named."""

    def last_event(self) -> int:
        """The highest id so far, 0 before the first."""

    def tally(self, reader: str) -> Tally | None:
        """What that reader of the events kept, None before its first."""

    def keep_tally(self, reader: str, tally: Tally) -> None:
        """Keep what a reader has counted, unless one has counted further."""
