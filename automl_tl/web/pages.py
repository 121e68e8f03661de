"""The pages for people: jobs, one job, models."""

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Request, Response

from automl_tl.domain.job import JobState
from automl_tl.domain.metric import Metric
from automl_tl.search.space_file import spaces
from automl_tl.web.job_page import MOST_TRIALS, SHOWN_TRIALS, job_page
from automl_tl.web.jobs_page import Asked, jobs_page
from automl_tl.web.logs import read_log
from automl_tl.web.model_page import model_page
from automl_tl.web.model_view import model_json
from automl_tl.web.parts import Given
from automl_tl.web.render import render
from automl_tl.web.streams import tenant_stream

router = APIRouter(include_in_schema=False)
SHOWN_LINES = 60


@router.get("/")
def show_jobs(
    parts: Given,
    request: Request,
    state: Annotated[list[JobState] | None, Query()] = None,
    name: str | None = None,
    before: str | None = None,
) -> Response:
    """The newest jobs."""
    asked = Asked(tenant=parts.tenant, states=tuple(state or ()), name=name, before=before)
    return render(request, "jobs.html", values=jobs_page(parts.store, asked, places=parts.places))


@router.get("/events")
async def follow_all(
    parts: Given,
    after: Annotated[int, Query(ge=0)] = 0,
    last_event_id: Annotated[int | None, Header(ge=0)] = None,
) -> Response:
    """That something happened, as server-sent events: the pages are rendered again then."""
    return await tenant_stream(parts, after=last_event_id or after)


@router.get("/jobs/new")
def show_form(request: Request, name: str = "") -> Response:
    """A form that submits a job."""
    spaces_known = [file.stem for file in spaces()]
    values = {"spaces": spaces_known, "metrics": list(map(str, Metric)), "name": name}
    return render(request, "new.html", values=values)


@router.get("/jobs/{id}")
def show_job(
    parts: Given, request: Request, id: str, trials: Annotated[Literal["best", "all"], Query()] = "best"
) -> Response:
    """One job, live."""
    most = SHOWN_TRIALS if trials == "best" else MOST_TRIALS
    values = job_page(parts.store, parts.job(id).id, places=parts.places, most_trials=most)
    log = read_log(parts.settings.folders.job(id) / "log.txt", lines=SHOWN_LINES)
    return render(request, "job.html", values={**values, "log": log.text.splitlines()})


@router.get("/models")
def show_models(parts: Given, request: Request) -> Response:
    """Every name and its champion."""
    lines = [model_json(line) for line in parts.store.models(tenant=parts.tenant)]
    return render(request, "models.html", values={"models": lines})


@router.get("/models/{name}")
def show_model(parts: Given, request: Request, name: str) -> Response:
    """One name: its champion over time, every decision, and what a person may do."""
    return render(request, "model.html", values=model_page(parts.store, tenant=parts.tenant, name=name))
