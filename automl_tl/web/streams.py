"""Server-sent events of one job or one tenant, resumable by event id, while the caller may hear them."""

import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from automl_tl.domain.events import Event, EventKind
from automl_tl.errors import AutomlError
from automl_tl.store.base import Store
from automl_tl.web.feed import Feed
from automl_tl.web.parts import Parts
from automl_tl.web.view import event_json

_RETRY = b"retry: 1000\n\n"
_ALIVE = b": nothing happened\n\n"
_HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
_log = logging.getLogger(__name__)

Allowed = Callable[[], Awaitable[bool]]
"""Whether whoever listens still may."""


async def job_stream(parts: Parts, *, job: str, after: int) -> Response:
    """The job's events above ``after``; 204 where none will come, which tells browsers not to ask again.

    Raises NotFound.
    """
    await run_in_threadpool(parts.job, job)
    if await run_in_threadpool(_is_over, parts.store, job, after):
        return Response(status_code=204)
    return _streamed(parts, _frames(parts.store, parts.feed, job=job, after=after))


async def tenant_stream(parts: Parts, *, after: int) -> Response:
    """That something happened to the caller's tenant, above ``after``, while somebody listens.

    Each event is its id and kind alone: who hears it asks for the rest.
    """
    return _streamed(parts, _kinds(parts.feed, tenant=parts.tenant, after=after))


def _streamed(parts: Parts, frames: AsyncIterator[bytes]) -> Response:
    async def allowed() -> bool:
        return await parts.door.still_opens(parts.caller)

    return StreamingResponse(
        _while_allowed(frames, allowed, each_seconds=parts.feed.quiet_seconds),
        media_type="text/event-stream",
        headers=_HEADERS,
    )


async def _while_allowed(
    frames: AsyncIterator[bytes], allowed: Allowed, *, each_seconds: float
) -> AsyncIterator[bytes]:
    """The frames until the caller's key is revoked or out of date, which is looked at each so often."""
    asked = time.monotonic()
    async for frame in frames:
        if frame is _ALIVE or time.monotonic() >= asked + each_seconds:
            if not await _is_allowed(allowed):
                return
            asked = time.monotonic()
        yield frame


async def _is_allowed(allowed: Allowed) -> bool:
    try:
        return await allowed()
    except AutomlError as error:  # no event comes either while the store is away
        _log.warning("event stream not looked at: %s", error)
        return True


async def _kinds(feed: Feed, *, tenant: str, after: int) -> AsyncIterator[bytes]:
    yield _RETRY
    async for event in feed.follow(None, tenant=tenant, after=after):
        yield _ALIVE if event is None else f"id: {event.id}\ndata: {event.kind}\n\n".encode()


async def _frames(store: Store, feed: Feed, *, job: str, after: int) -> AsyncIterator[bytes]:
    """To the last event there is of a job that finished: its version may be promoted again long after."""
    yield _RETRY
    has_ended = (await run_in_threadpool(store.job, job)).state.is_final
    async for event in feed.follow(job, after=after):
        if event is None:
            yield _ALIVE
            continue
        yield frame(event)
        has_ended = has_ended or event.kind is EventKind.JOB_FINISHED
        if has_ended and await run_in_threadpool(_is_over, store, job, event.id):
            return


def frame(event: Event) -> bytes:
    """One event as its lines on the wire."""
    return f"id: {event.id}\ndata: {json.dumps(event_json(event), ensure_ascii=False)}\n\n".encode()


def _is_over(store: Store, job: str, after: int) -> bool:
    """Whether the job is finished (and was not retried) and nothing stands above ``after``."""
    return store.job(job).state.is_final and not store.events(after=after, job=job, limit=1)
