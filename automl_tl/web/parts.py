"""What every route may use, put together once per app."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import Depends, Request

from automl_tl.domain.job import DEFAULT_TENANT, JobRequest
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.web.base import Metrics, ModelsClient
from automl_tl.web.feed import Feed
from automl_tl.web.guard import Keys
from automl_tl.web.places import Places

TENANT = DEFAULT_TENANT

Plan = Callable[[JobRequest], dict[str, Any]]
"""What a request would do and cost, as a JSON object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts that were chosen for this app."""

    store: Store
    settings: Settings
    models: ModelsClient
    metrics: Metrics
    feed: Feed
    plan: Plan
    keys: Keys

    @property
    def places(self) -> Places:
        """Foretells the queue."""
        return Places(store=self.store, settings=self.settings)


def parts_of(request: Request) -> Parts:
    """The parts of the app that serves this request."""
    return cast(Parts, request.app.state.parts)


Given = Annotated[Parts, Depends(parts_of)]
