"""The daemon's figures: what the store's events add up to, its rows, its requests, its machine."""

import logging
import threading
from collections.abc import Iterator
from importlib.metadata import version
from time import monotonic

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric

from automl_tl.errors import AutomlError
from automl_tl.metrics import machine, rows
from automl_tl.metrics.account import Account
from automl_tl.metrics.catalogue import BEHIND, FIGURES, INFO, QUEUE_OLDEST, STORE_ACCESS
from automl_tl.metrics.figure import Source
from automl_tl.metrics.ledger import Ledger
from automl_tl.metrics.machine import Machine
from automl_tl.metrics.numbers import Numbers
from automl_tl.metrics.requests import Requests
from automl_tl.metrics.rows import Name, Rows
from automl_tl.store.base import Store

SCRAPE_SECONDS = 0.02  # that a scrape may take for events which nobody has counted yet
LOOK_SECONDS = 5.0
KEEP_SECONDS = 60.0
_COUNTED = tuple(figure for figure in FIGURES if figure.source is Source.EVENTS)

logger = logging.getLogger(__name__)


class Metrics:
    """Everything that ``/metrics`` shows.

    What is a function of the events is counted as they come and kept in the store now and then, so that a
    restart goes on where the last one stopped, and a scrape takes up only what is new. Until all past events
    are counted (after an update that counts otherwise) these figures are absent rather than too low.
    """

    content_type = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(self, store: Store, *, machine: Machine | None = None) -> None:
        self._store = store
        self._ledger = Ledger(store)
        self._rows = Rows(store)
        self._machine = machine
        self._version = version("automl-tl")
        self._requests = Requests()
        self._accesses = Numbers()
        self._now = Numbers()  # rows and the like, as of the last refresh
        self._looked = Numbers()  # the machine, as of the last look
        self._scheduled = Numbers()
        self._refreshing, self._telling = threading.Lock(), threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)
        self.registry = CollectorRegistry()
        self.registry.register(self)

    def start(self) -> None:
        """Count in a thread of its own, whether anybody asks or not."""
        self._store.time_accesses(self._tell_access)
        self._thread.start()

    def stop(self) -> None:
        """Write down how far it has counted, and end."""
        self._over.set()
        self._thread.join()

    def observe_request(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self._requests.count(method=method, route=route, status=status, seconds=seconds)

    def refresh(self) -> None:
        """Take up the events since the last call, and read the rows; an error is logged, never raised."""
        self._refreshed()

    def look(self) -> None:
        """See how machine and schedules are, which takes too long for a scrape; raises StoreUnavailable."""
        if self._machine is not None:
            self._looked = self._machine.look()
        self._scheduled = rows.scheduled(self._store)

    def collect(self) -> Iterator[Metric]:
        """Every figure, as Prometheus's client asks for them."""
        if self._ledger.is_whole:
            yield from self._ledger.read(lambda account: list(account.numbers.families(_COUNTED)))
        yield from self._now.families((QUEUE_OLDEST, INFO, BEHIND, *rows.FIGURES))
        yield from self._scheduled.families(rows.SCHEDULED)
        yield from self._looked.families(machine.FIGURES)
        yield from self._requests.families()
        with self._telling:
            yield from list(self._accesses.families((STORE_ACCESS,)))

    def render(self) -> bytes:
        """Every figure in Prometheus's text format."""
        return generate_latest(self.registry)

    def _refreshed(self) -> bool:
        with self._refreshing:
            try:
                self._ledger.take_up(seconds=SCRAPE_SECONDS)
                self._now = self._seen_now()
            except AutomlError as error:
                logger.warning("metrics not refreshed: %s", error)
                return False
        return True

    def _seen_now(self) -> Numbers:
        now = self._store.now()  # before the account gives away who moved: this may fail
        names, moved, last, oldest = self._ledger.read(lambda account: _asked(account, now=now))
        numbers = self._rows.look(names, moved=moved)
        if self._ledger.is_whole:
            numbers.put(QUEUE_OLDEST, oldest)
        numbers.put(INFO, 1, self._version)
        numbers.put(BEHIND, self._store.last_event() - last)
        return numbers

    def _tell_access(self, access: str, seconds: float) -> None:
        with self._telling:
            self._accesses.observe(STORE_ACCESS, seconds, access)

    def _run(self) -> None:
        kept = monotonic()
        while True:
            try:
                self._ledger.take_up()
                while self._refreshed() and not self._rows.is_current:
                    pass
                self.look()
                if self._over.is_set() or monotonic() - kept > KEEP_SECONDS:
                    self._ledger.keep()
                    kept = monotonic()
            except AutomlError as error:
                logger.warning("metrics wait: %s", error)
            except Exception:  # an observer must not end, nor break the observed
                logger.exception("metrics met an unexpected error")
            if self._over.is_set():
                return
            self._over.wait(LOOK_SECONDS)


def _asked(account: Account, *, now: float) -> tuple[tuple[Name, ...], set[Name], int, float]:
    moved, account.moved = account.moved, set()
    return account.names, moved, account.last, account.jobs.oldest_wait(now)
