"""Server-sent events of one job, resumable by event id."""

import json
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from automl_tl.domain.events import Event, EventKind
from automl_tl.store.base import Store
from automl_tl.web.feed import Feed
from automl_tl.web.view import event_json

_RETRY = b"retry: 1000\n\n"
_ALIVE = b": nothing happened\n\n"
_HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}


async def job_stream(store: Store, feed: Feed, *, job: str, after: int) -> Response:
    """The job's events above ``after``; 204 where none will come, which tells browsers not to ask again.

    Raises NotFound.
    """
    await run_in_threadpool(store.job, job)
    if await run_in_threadpool(_is_over, store, job, after):
        return Response(status_code=204)
    return StreamingResponse(
        _frames(store, feed, job=job, after=after), media_type="text/event-stream", headers=_HEADERS
    )


async def tenant_stream(feed: Feed, *, tenant: str, after: int) -> Response:
    """That something happened to a tenant's jobs and models, above ``after``, while somebody listens.

    Each event is its id and kind alone: who hears it asks for the rest.
    """
    return StreamingResponse(
        _kinds(feed, tenant=tenant, after=after), media_type="text/event-stream", headers=_HEADERS
    )


async def _kinds(feed: Feed, *, tenant: str, after: int) -> AsyncIterator[bytes]:
    yield _RETRY
    async for event in feed.follow(None, after=after):
        if event is None:
            yield _ALIVE
        elif event.tenant == tenant:
            yield f"id: {event.id}\ndata: {event.kind}\n\n".encode()


async def _frames(store: Store, feed: Feed, *, job: str, after: int) -> AsyncIterator[bytes]:
    yield _RETRY
    async for event in feed.follow(job, after=after):
        if event is None:
            yield _ALIVE
            continue
        yield frame(event)
        is_end = event.kind is EventKind.JOB_FINISHED
        if is_end and await run_in_threadpool(_is_over, store, job, event.id):
            return


def frame(event: Event) -> bytes:
    """One event as its lines on the wire."""
    return f"id: {event.id}\ndata: {json.dumps(event_json(event), ensure_ascii=False)}\n\n".encode()


def _is_over(store: Store, job: str, after: int) -> bool:
    """Whether the job is finished (and was not retried) and nothing stands above ``after``."""
    return store.job(job).state.is_final and not store.events(after=after, job=job, limit=1)
