"""What the store's rows say now: jobs by state, and each name's champion."""

import math
from collections.abc import Iterable

from automl_tl.domain.promotion import ModelLine
from automl_tl.errors import NotFound
from automl_tl.metrics.catalogue import CHAMPION, JOBS, PROMOTED, SCHEDULE_DUE, SCHEDULE_SUCCESS
from automl_tl.metrics.numbers import Numbers
from automl_tl.store.base import Store

FIGURES = (JOBS, CHAMPION, PROMOTED)
SCHEDULED = (SCHEDULE_SUCCESS, SCHEDULE_DUE)
MOST_SCHEDULES = 100
MOST_READ = 10  # champions at a look: after a start there are many, and a scrape waits
Name = tuple[str, str]


class Rows:
    """Reads what changed; one thread at a time.

    A champion is read when an event says that its name moved, so that a scrape costs the same however many
    there are.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._champions: dict[Name, tuple[float, float]] = {}
        self._unread: set[Name] = set()

    @property
    def is_current(self) -> bool:
        """Whether every champion that moved has been read."""
        return not self._unread

    def look(self, names: Iterable[Name], *, moved: Iterable[Name]) -> Numbers:
        """Of these tenants and names; ``moved`` are those whose champion may be another.

        At most ``MOST_READ`` of them are read, the others the next time. Raises StoreUnavailable.
        """
        self._unread.update(moved)
        for name in list(self._unread)[:MOST_READ]:
            self._read(name)
        numbers = Numbers()
        for state, count in self._store.count_jobs().items():
            numbers.put(JOBS, count, state.value)
        for name in names:
            if name in self._champions:
                value, since = self._champions[name]
                numbers.put(CHAMPION, value, *name)
                numbers.put(PROMOTED, since, *name)
        return numbers

    def _read(self, name: Name) -> None:
        line = self._line(name)
        self._champions.pop(name, None)
        self._unread.discard(name)
        if line is None:
            return
        value = math.nan if line.champion is None else line.champion.proof.values.get("challenger", math.nan)
        if line.move is not None and math.isfinite(value):
            self._champions[name] = value, line.move.time

    def _line(self, name: Name) -> ModelLine | None:
        try:
            return self._store.model(tenant=name[0], name=name[1])
        except NotFound:
            return None


def scheduled(store: Store) -> Numbers:
    """How schedules stand that are not paused, the ``MOST_SCHEDULES`` that are due first.

    Reads each, so it is not for a scrape. Raises StoreUnavailable.
    """
    numbers = Numbers()
    due = [
        (found.slot.due, found) for found in store.schedules() if found.slot is not None and not found.paused
    ]
    for moment, found in sorted(due, key=lambda one: one[0])[:MOST_SCHEDULES]:
        numbers.put(SCHEDULE_DUE, moment, found.tenant, found.name)
        numbers.put(SCHEDULE_SUCCESS, found.last_success or found.created, found.tenant, found.name)
    return numbers
