"""Following the events table: one poller for all who listen."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.concurrency import run_in_threadpool

from automl_tl.domain.events import Event
from automl_tl.errors import AutomlError
from automl_tl.store.base import Store

POLL_SECONDS = 0.3
PAGE = 1000
QUIET_SECONDS = 15.0

_log = logging.getLogger(__name__)


class _Listener:
    """One follower's events since it began to listen; a slow one reads what it missed from the store."""

    def __init__(self, job: str | None, tenant: str | None) -> None:
        self.job = job
        self.tenant = tenant
        self.events: asyncio.Queue[Event | None] = asyncio.Queue(PAGE)
        self.missed = False

    def restart(self) -> None:
        """Forget what waits here: it stands in the table too."""
        self.missed = False
        while not self.events.empty():
            self.events.get_nowait()

    def offer(self, event: Event) -> None:
        """Hand over what concerns this follower."""
        if self.job not in (None, event.job) or self.tenant not in (None, event.tenant):
            return
        try:
            self.events.put_nowait(event)
        except asyncio.QueueFull:
            self.missed = True


class Feed:
    """Hands new events to every follower; reads the table only while somebody follows.

    All methods but ``close`` belong to one event loop.
    """

    def __init__(
        self, store: Store, *, poll_seconds: float = POLL_SECONDS, quiet_seconds: float = QUIET_SECONDS
    ) -> None:
        self._store = store
        self._poll_seconds = poll_seconds
        self.quiet_seconds = quiet_seconds
        self._listeners: set[_Listener] = set()
        self._poller: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    async def follow(
        self, job: str | None, *, after: int, tenant: str | None = None
    ) -> AsyncIterator[Event | None]:
        """Events above ``after``, of one job, one tenant or of all, as they come; None after a while without.

        Ends only when the feed is closed.
        """
        listener = await self._join(job, tenant)
        last = after
        try:
            while not self._closed:
                listener.restart()
                async for event in self._past(listener, after=last):
                    last = event.id
                    yield event
                while not (listener.missed or self._closed):
                    event_or_none = await self._next(listener)
                    if event_or_none is None or event_or_none.id > last:
                        last = last if event_or_none is None else event_or_none.id
                        yield event_or_none
        finally:
            self._listeners.discard(listener)

    def close(self) -> None:
        """Let every follower end; may be called from any thread, and twice."""
        self._closed = True
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the loop has ended already
                loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for listener in self._listeners:
            with suppress(asyncio.QueueFull):  # then it is awake
                listener.events.put_nowait(None)

    async def _join(self, job: str | None, tenant: str | None) -> _Listener:
        self._loop = asyncio.get_running_loop()
        listener = _Listener(job, tenant)
        self._listeners.add(listener)
        if self._poller is None or self._poller.done():
            last = await run_in_threadpool(self._store.last_event)
            if self._poller is None or self._poller.done():
                self._poller = asyncio.create_task(self._poll(last), name="event feed")
        return listener

    async def _past(self, listener: _Listener, *, after: int) -> AsyncIterator[Event]:
        job, tenant = listener.job, listener.tenant
        while True:
            events = await run_in_threadpool(
                self._store.events, after=after, job=job, tenant=tenant, limit=PAGE
            )
            for event in events:
                yield event
            if len(events) < PAGE:
                return
            after = events[-1].id

    async def _next(self, listener: _Listener) -> Event | None:
        try:
            return await asyncio.wait_for(listener.events.get(), self.quiet_seconds)
        except TimeoutError:
            return None

    async def _poll(self, last: int) -> None:
        while self._listeners and not self._closed:
            try:
                events = await run_in_threadpool(self._store.events, after=last, limit=PAGE)
            except AutomlError as error:
                _log.warning("event feed waited: %s", error)
                events = ()
            for event in events:
                last = event.id
                for listener in tuple(self._listeners):
                    listener.offer(event)
            if len(events) < PAGE:
                await asyncio.sleep(self._poll_seconds)
