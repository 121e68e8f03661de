"""The HTTP API and the pages as one app."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.web import (
    cards,
    datasets,
    docs,
    exporting,
    health,
    jobs,
    lines,
    pages,
    prediction,
    schedules,
    upkeep,
)
from automl_tl.web.base import Metrics, ModelsClient
from automl_tl.web.bound import PREDICT_BYTES, Bound
from automl_tl.web.counting import Counting
from automl_tl.web.feed import Feed
from automl_tl.web.guard import Guard, Keys
from automl_tl.web.parts import Parts, Plan
from automl_tl.web.problems import install_problems
from automl_tl.web.surprise import Surprise

STATIC = Path(__file__).parent / "static"
# The framework would hand its traces to whatever OpenTelemetry finds in the environment.
NO_TELEMETRY: Any = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}


def build_app(
    *, store: Store, settings: Settings, models: ModelsClient, metrics: Metrics, token: str, plan: Plan
) -> FastAPI:
    """The app; ``token`` opens it for writing, ``plan`` tells what a request would do.

    ``app.state.parts.feed.close()`` ends every open stream.
    """
    keys = Keys(token)
    app = FastAPI(
        title="automl-tl",
        version="1",
        summary="A labelled dataset goes in, a proven champion comes out",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        telemetry=NO_TELEMETRY,
        middleware=[
            Middleware(Counting, metrics=metrics),
            Middleware(Guard, keys=keys),
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
        keys=keys,
        plan=plan,
    )
    install_problems(app)
    for room in (jobs, schedules, datasets, lines, prediction, exporting, cards, upkeep, health, docs, pages):
        app.include_router(room.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app
