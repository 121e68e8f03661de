"""The account that goes on where it stopped: kept in the store, and brought up to the newest event."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from automl_tl.domain.events import Tally
from automl_tl.metrics.account import Account
from automl_tl.store.base import Store

READER = "metrics"
PAGE = 500  # events taken up at a time
Found = TypeVar("Found")


class Ledger:
    """One account over one store; may be used from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turn = threading.Lock()
        self._account: Account | None = None
        self._kept = 0
        self.is_whole = False
        """Whether every event has been taken up once: before, its counts are too low."""

    def take_up(self, *, seconds: float = float("inf")) -> None:
        """Count what happened since the last call, for so long; raises StoreUnavailable."""
        deadline = time.monotonic() + seconds
        while self._take_page() == PAGE:
            if time.monotonic() > deadline:
                return
            time.sleep(0.001)  # whoever waits for the turn gets it now
        self.is_whole = True

    def read(self, what: Callable[[Account], Found]) -> Found:
        """What the account says, while nobody counts."""
        with self._turn:
            return what(self._account or Account())

    def keep(self) -> None:
        """Write down how far it has counted; raises StoreUnavailable."""
        with self._turn:
            account = self._account
            if account is None or account.last == self._kept:
                return
            tally = Tally(last=account.last, state=account.state())
        self._store.keep_tally(READER, tally)
        self._kept = tally.last

    def _take_page(self) -> int:
        with self._turn:
            if self._account is None:
                self._account = self._restored()
            events = self._store.events(after=self._account.last, limit=PAGE)
            for event in events:
                self._account.take(event)
            return len(events)

    def _restored(self) -> Account:
        kept = self._store.tally(READER)
        if kept is None or kept.last > self._store.last_event():  # an older store was put back
            return Account()
        account = Account.restored(kept.state, last=kept.last)
        self._kept = account.last
        return account
