"""The pages for people: jobs, one job, models."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from automl_tl.domain.job import JobState
from automl_tl.errors import NotAllowed
from automl_tl.web.guard import COOKIE
from automl_tl.web.job_page import job_page
from automl_tl.web.parts import TENANT, Given
from automl_tl.web.render import render
from automl_tl.web.view import jobs_json, model_json, promotion_json, version_json

router = APIRouter(include_in_schema=False)
LISTED = 100


@router.get("/")
def show_jobs(
    parts: Given,
    request: Request,
    token: str | None = None,
    state: Annotated[list[JobState] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = LISTED,
) -> Response:
    """The newest jobs; opened with the token, the browser gets the cookie that lets its buttons work."""
    if token is not None:
        return _let_in(parts, token)
    counts = {str(state): count for state, count in parts.store.count_jobs().items() if count}
    jobs = parts.store.jobs(tenant=TENANT, states=state or (), limit=limit)
    values = {
        "jobs": jobs_json(parts.store, jobs, now=parts.store.now(), places=parts.places.of(jobs)),
        "counts": counts,
        "total": sum(counts.values()),
        "chosen": [str(chosen) for chosen in state or ()],
        "more": min(1000, limit * 10) if len(jobs) == limit < 1000 else None,
    }
    return render(request, "jobs.html", values=values)


@router.get("/jobs/{id}")
def show_job(parts: Given, request: Request, id: str) -> Response:
    """One job, live."""
    return render(request, "job.html", values=job_page(parts.store, id, places=parts.places))


@router.get("/models")
def show_models(parts: Given, request: Request) -> Response:
    """Every name and its champion."""
    lines = [model_json(line) for line in parts.store.models(tenant=TENANT)]
    return render(request, "models.html", values={"models": lines})


@router.get("/models/{name}")
def show_model(parts: Given, request: Request, name: str) -> Response:
    """One name: who was champion when, and every decision."""
    store = parts.store
    values = {
        "model": model_json(store.model(tenant=TENANT, name=name)),
        "versions": [version_json(decided) for decided in store.versions(tenant=TENANT, name=name)],
        "promotions": [promotion_json(move) for move in store.promotions(tenant=TENANT, name=name)],
    }
    return render(request, "model.html", values=values)


def _let_in(parts: Given, token: str) -> Response:
    if not parts.keys.opens(token):
        raise NotAllowed(
            "this link's token is not the daemon's: open the link that it printed when it started"
        )
    answer = RedirectResponse("/", status_code=303)
    answer.set_cookie(COOKIE, parts.keys.cookie, httponly=True, samesite="strict")
    return answer
