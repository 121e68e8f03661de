"""Tells webhooks what happened: reads events, keeps notices, sends them; jobs never wait for it."""

import json
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from automl_tl.domain.destination import Allowed
from automl_tl.domain.events import Event
from automl_tl.domain.webhook import Delivery, Notice, Webhook, occasion_of
from automl_tl.errors import AutomlError
from automl_tl.store.base import Store

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
LEASE_SECONDS = 120.0  # more than one try takes; after a crash it is tried again then
AT_ONCE = 8
_PAGE = 1000

Post = Callable[[Delivery], str | None]


class Outbox:
    """A thread that keeps a notice for each event that a webhook wants, and sends those that are due.

    What it needs to know stands in the store: an outbox that died goes on where it was, and one beside it on
    the same store does no harm. A receiver may hear a notice twice, never of none.
    """

    def __init__(self, store: Store, *, post: Post, look_seconds: float = LOOK_SECONDS) -> None:
        self._store = store
        self._post = post
        self._look_seconds = look_seconds
        self._seen: int | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout: float | None = 15.0) -> None:
        """End after the present tries."""
        self._over.set()
        self._thread.join(timeout)

    def step(self) -> None:
        """Keep notices of what happened since, and send what is due."""
        if self.gather():
            while not self._over.is_set() and self.send():
                pass

    def gather(self) -> bool:
        """Keep a notice for each event since the last look that a webhook wants; whether there is any."""
        webhooks = self._store.webhooks()
        if not webhooks:
            return False
        if self._seen is None:
            self._seen = min(webhook.seen for webhook in webhooks)
        while events := self._store.events(after=self._seen, limit=_PAGE):
            # Asked after the events: one that was added meanwhile hears those that came after it.
            notices = notices_of(events, self._store.webhooks())
            if notices or len(events) == _PAGE:
                self._store.put_out(notices, seen=events[-1].id)
            self._seen = events[-1].id
        return True

    def send(self) -> int:
        """Send some of what is due; how many there were."""
        taken = self._store.take_deliveries(most=AT_ONCE, lease_seconds=LEASE_SECONDS)
        if taken:
            with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="outbox") as pool:
                for delivery, failure in zip(taken, pool.map(self._post, taken), strict=True):
                    self._end(delivery, failure)
        return len(taken)

    def _end(self, delivery: Delivery, failure: str | None) -> None:
        pause = None if failure is None else delivery.pause_seconds
        self._store.end_delivery(delivery.id, failure=failure, pause_seconds=pause)
        if failure is not None:
            told = {
                "webhook": delivery.webhook.id,
                "event": delivery.event,
                "why": failure,
                "again_in": pause,
            }
            logger.warning("webhook not reached", extra=told)

    def _run(self) -> None:
        while not self._over.wait(self._look_seconds):
            try:
                self.step()
            except AutomlError as error:
                logger.warning("outbox waits: %s", error)
            except Exception:  # whoever is told of jobs must not end with one surprise
                logger.exception("outbox met an unexpected error")


def poster(allowed: Allowed) -> Post:
    """Sends deliveries to what the operator allows."""
    from automl_tl.daemon.posting import post  # HTTP and TLS, only where somebody is told

    return lambda delivery: post(delivery, allowed=allowed)


def notices_of(events: Sequence[Event], webhooks: Sequence[Webhook]) -> list[Notice]:
    """What each webhook is to be told of these events: its own tenant's, since it began."""
    return [
        Notice(webhook=webhook.id, event=event.id, body=_body(event, str(occasion)))
        for event in events
        if (occasion := occasion_of(event)) is not None
        for webhook in webhooks
        if webhook.tenant == event.tenant and occasion in webhook.occasions and webhook.seen < event.id
    ]


def _body(event: Event, occasion: str) -> str:
    said = {
        "type": occasion,
        "event": event.id,
        "time": event.time,
        "tenant": event.tenant,
        "job": event.job,
        "data": event.data,
    }
    return json.dumps(said, ensure_ascii=False)
