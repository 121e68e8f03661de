"""Reconciles when something was decided or promoted, now and then, and again while the registry is down."""

import logging
import threading
import time
from collections.abc import Callable

from automl_tl.domain.events import EventKind
from automl_tl.errors import AutomlError
from automl_tl.store.base import Store

logger = logging.getLogger(__name__)

CAUSES = (EventKind.DECIDED, EventKind.PROMOTED, EventKind.DELETED)
LOOK_SECONDS = 0.5
PATROL_SECONDS = 30.0  # between looks for what somebody did in the registry by hand
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds between tries while the registry is down


class ReconcileLoop:
    """A thread that calls ``reconcile`` once at its start, after every cause, and on patrol."""

    def __init__(
        self,
        store: Store,
        reconcile: Callable[[], int],
        *,
        look_seconds: float = LOOK_SECONDS,
        patrol_seconds: float = PATROL_SECONDS,
    ) -> None:
        self._store = store
        self._reconcile = reconcile
        self._look_seconds = look_seconds
        self._patrol_seconds = patrol_seconds
        self._seen: int | None = None
        self._due = 0.0  # monotonic seconds of the next try, earlier when something is decided
        self._is_failing = False
        self._pause = SHORTEST_PAUSE
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reconciler", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout: float | None = 10.0) -> None:
        """End after the present try."""
        self._over.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            try:
                self._step()
            except AutomlError as error:
                logger.warning("registry not reconciled, again in %.0f s: %s", self._pause, error)
                self._wait_longer()
            except Exception:  # the loop must not die of one surprise of the registry's
                logger.exception("registry not reconciled, again in %.0f s", self._pause)
                self._wait_longer()
            if self._over.wait(self._look_seconds):
                return

    def _step(self) -> None:
        if self._is_caused() and not self._is_failing:
            self._due = 0.0
        if time.monotonic() < self._due:
            return
        changes = self._reconcile()
        self._due, self._pause = time.monotonic() + self._patrol_seconds, SHORTEST_PAUSE
        self._is_failing = False
        if changes:
            logger.info("registry reconciled in %d changes", changes)

    def _is_caused(self) -> bool:
        """Whether something was decided or promoted since the last look."""
        if self._seen is None:
            self._seen = self._store.last_event()
            return True
        events = self._store.events(after=self._seen)
        self._seen = events[-1].id if events else self._seen
        return any(event.kind in CAUSES for event in events)

    def _wait_longer(self) -> None:
        self._due, self._is_failing = time.monotonic() + self._pause, True
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
