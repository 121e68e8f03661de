"""What every route may use, put together once per app, and who asks."""

from dataclasses import dataclass, replace
from typing import Annotated, Any, Protocol, cast

from fastapi import Depends, Request

from automl_tl.domain.caller import NOBODY, Caller
from automl_tl.domain.job import Job, JobRequest
from automl_tl.errors import NotAllowed, NotFound
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.web.base import AttendedModels, Metrics
from automl_tl.web.doorkeeper import Doorkeeper
from automl_tl.web.feed import Feed
from automl_tl.web.guard import address_of
from automl_tl.web.noting import begin, note_refusal
from automl_tl.web.places import Places
from automl_tl.web.rights import check_right


class Plan(Protocol):
    """Tells what a request would do."""

    def __call__(self, request: JobRequest, *, tenant: str) -> dict[str, Any]:
        """What it would do and cost, as a JSON object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts that were chosen for this app, and for one request who asks."""

    store: Store
    settings: Settings
    models: AttendedModels
    metrics: Metrics
    feed: Feed
    plan: Plan
    door: Doorkeeper
    places: Places
    caller: Caller = NOBODY

    @property
    def tenant(self) -> str:
        """Whose jobs, names and data this request may see."""
        return self.caller.tenant

    def job(self, id: str) -> Job:
        """The caller's job of that id; raises NotFound, for another tenant's as for none."""
        job = self.store.job(id)
        if job.tenant != self.tenant:
            raise NotFound(f"there is no job {id}")
        return job


def caller_of(request: Request) -> Caller:
    """Who asks, as the guard found it."""
    return cast(Caller, request.scope.get("state", {}).get("caller", NOBODY))


async def authorize(request: Request) -> None:
    """Let the request come to its route, noted where its right says so, or raise NotAllowed."""
    caller, route, scope = caller_of(request), request.scope["route"].path, request.scope
    store, address = request.app.state.parts.store, address_of(scope)
    try:
        right = check_right(caller, method=request.method, route=route)
    except NotAllowed:
        await note_refusal(store, scope, caller=caller, route=route, address=address)
        raise
    await begin(store, scope, caller=caller, right=right, route=route, address=address)


async def parts_of(request: Request) -> Parts:  # async: else each request would wait for a thread to say it
    """The parts of the app that serves this request, for the caller."""
    return replace(cast(Parts, request.app.state.parts), caller=caller_of(request))


Given = Annotated[Parts, Depends(parts_of)]
