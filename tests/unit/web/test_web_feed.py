import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

from patience import WAIT_SECONDS

from automl_tl.domain.events import Event, EventKind
from automl_tl.store.base import Store
from automl_tl.web import feed as feeds
from automl_tl.web.feed import Feed

T = TypeVar("T")


def run(work: Callable[[], Awaitable[T]]) -> T:
    async def bounded() -> T:
        return await asyncio.wait_for(work(), WAIT_SECONDS)

    return asyncio.run(bounded())


def happen(store: Store, *jobs: str) -> None:
    for job in jobs:
        store.append(EventKind.TRIAL_STARTED, tenant="default", job=job, data={})


async def take(feed: Feed, job: str | None, *, after: int, count: int) -> list[int]:
    found: list[int] = []
    events = feed.follow(job, after=after)
    async for event in events:
        if event is not None:
            found.append(event.id)
        if len(found) == count:
            break
    await events.aclose()  # type: ignore[attr-defined]
    return found


def test_past_and_coming_events_arrive_once_and_in_order(store: Store) -> None:
    happen(store, "a", "b", "a")
    feed = Feed(store, poll_seconds=0.01)

    async def work() -> list[list[int]]:
        tasks = [
            asyncio.create_task(take(feed, job, after=0, count=n))
            for job, n in (("a", 4), (None, 6), ("a", 4))
        ]
        await asyncio.sleep(0)
        await asyncio.to_thread(happen, store, "a", "b", "a")
        return await asyncio.gather(*tasks)

    assert run(work) == [[1, 3, 4, 6], [1, 2, 3, 4, 5, 6], [1, 3, 4, 6]]


def test_many_followers_cost_one_reader(store: Store) -> None:
    class Held:
        """Keeps whoever asks for everybody's events waiting, so that all of those would be seen at once."""

        readers = followers = 0
        may_answer = threading.Event()

        def last_event(self) -> int:
            return store.last_event()

        def events(
            self, *, after: int = 0, job: str | None = None, tenant: str | None = None, limit: int = 1000
        ) -> tuple[Event, ...]:
            if job is None and not self.may_answer.is_set():
                self.readers += 1
                assert self.may_answer.wait(WAIT_SECONDS)
            self.followers += job is not None
            return store.events(after=after, job=job, tenant=tenant, limit=limit)

    held = Held()
    feed = Feed(held, poll_seconds=0.01)  # type: ignore[arg-type]

    async def work() -> list[list[int]]:
        tasks = [asyncio.create_task(take(feed, "a", after=0, count=1)) for _ in range(20)]
        while held.followers < 20 or held.readers < 1:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(happen, store, "a")
        held.may_answer.set()
        return await asyncio.gather(*tasks)

    assert run(work) == [[1]] * 20
    assert held.readers == 1


def test_slow_follower_loses_nothing(store: Store, monkeypatch: object) -> None:
    feed = Feed(store, poll_seconds=0.001)

    async def work() -> list[int]:
        found: list[int] = []
        events = feed.follow(None, after=0)
        async for event in events:
            if event is None:
                continue
            found.append(event.id)
            if len(found) == 1:  # meanwhile more happens than a follower may have waiting
                await asyncio.to_thread(happen, store, *["a"] * 60)
                await asyncio.sleep(0.2)
            if len(found) == 61:
                break
        await events.aclose()  # type: ignore[attr-defined]
        return found

    happen(store, "a")
    page, feeds.PAGE = feeds.PAGE, 10
    try:
        found = run(work)
    finally:
        feeds.PAGE = page

    assert found == list(range(1, 62))


def test_quiet_feed_tells_that_it_is_alive(store: Store) -> None:
    feed = Feed(store, poll_seconds=0.01, quiet_seconds=0.02)

    async def work() -> Event | None:
        async for event in feed.follow("a", after=0):
            return event
        raise AssertionError("the feed ended")

    assert run(work) is None


def test_closed_feed_ends_every_follower(store: Store) -> None:
    feed = Feed(store, poll_seconds=0.01)

    async def follow() -> int:
        return len([event async for event in feed.follow("a", after=0) if event is not None])

    async def work() -> list[int]:
        tasks = [asyncio.create_task(follow()) for _ in range(3)]
        await asyncio.sleep(0.05)
        await asyncio.to_thread(feed.close)
        return await asyncio.gather(*tasks)

    assert run(work) == [0, 0, 0]
