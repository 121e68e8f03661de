"""The HTTP API and the pages as one app."""

from typing import Any

from fastapi import Depends, FastAPI
from starlette.middleware import Middleware

from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.web import (
    access,
    cards,
    datasets,
    docs,
    exporting,
    health,
    jobs,
    lines,
    login,
    pages,
    prediction,
    schedule_page,
    schedules,
    system,
    system_page,
    upkeep,
    webhooks,
)
from automl_tl.web.assets import StaticAssets
from automl_tl.web.base import AttendedModels, Metrics
from automl_tl.web.bound import PREDICT_BYTES, Bound
from automl_tl.web.counting import Counting
from automl_tl.web.doorkeeper import Doorkeeper
from automl_tl.web.feed import Feed
from automl_tl.web.guard import LOOPBACK, Guard
from automl_tl.web.noting import Noting
from automl_tl.web.parts import Parts, Plan, authorize
from automl_tl.web.places import Places
from automl_tl.web.problems import install_problems
from automl_tl.web.rate import Rate
from automl_tl.web.surprise import Surprise

# The framework would hand its traces to whatever OpenTelemetry finds in the environment.
NO_TELEMETRY: Any = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}


def build_app(
    *, store: Store, settings: Settings, models: AttendedModels, metrics: Metrics, token: str, plan: Plan
) -> FastAPI:
    """The app; ``token`` opens it for writing, ``plan`` tells what a request would do.

    ``app.state.parts.feed.close()`` ends every open stream.
    """
    is_public = settings.host not in LOOPBACK or bool(settings.hostnames)
    door = Doorkeeper(store, token=token, is_public=is_public)
    rate = Rate(settings.requests_per_minute)
    app = FastAPI(
        title="automl-tl",
        version="1",
        summary="A labelled dataset goes in, a proven champion comes out",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        telemetry=NO_TELEMETRY,
        dependencies=[Depends(authorize)],
        middleware=[
            Middleware(Counting, metrics=metrics),
            Middleware(Guard, door=door, rate=rate, hostnames=settings.hostnames, is_public=is_public),
            Middleware(Noting, store=store),
            Middleware(Bound, larger={"/datasets": settings.upload_bytes, "/predict": PREDICT_BYTES}),
            Middleware(Surprise),
        ],
    )
    app.state.parts = Parts(
        store=store,
        settings=settings,
        models=models,
        metrics=metrics,
        feed=Feed(store),
        door=door,
        plan=plan,
        places=Places(store, settings),
    )
    install_problems(app)
    api = (jobs, schedules, datasets, lines, prediction, exporting, cards, upkeep, system, webhooks, access)
    for room in (*api, health, docs, login, pages, schedule_page, system_page):
        app.include_router(room.router)
    app.mount("/static", StaticAssets(), name="static")
    return app
