"""The pages of schedules: what runs by itself, when next, and what became of each night."""

from typing import Any

from fastapi import APIRouter, Request, Response

from automl_tl.domain.job import JobState
from automl_tl.domain.schedule import Occurrence, Schedule
from automl_tl.web.parts import Given, Parts
from automl_tl.web.render import render
from automl_tl.web.schedule_view import history_json, schedule_json

router = APIRouter(include_in_schema=False)
STRIP = 12
SHOWN = 60


@router.get("/schedules")
def show_schedules(parts: Given, request: Request) -> Response:
    """Every schedule with its next run and its latest ones."""
    last_event = parts.store.last_event()
    rows = [
        {**schedule_json(schedule), "strip": _strip(parts, schedule)}
        for schedule in parts.store.schedules(tenant=parts.tenant)
    ]
    values = {"schedules": rows, "last_event": last_event, "now": parts.store.now()}
    return render(request, "schedules.html", values=values)


@router.get("/schedules/{name}")
def show_schedule(parts: Given, request: Request, name: str) -> Response:
    """One schedule and its history, newest first."""
    last_event = parts.store.last_event()
    schedule = parts.store.schedule(tenant=parts.tenant, name=name)
    values = {
        "schedule": schedule_json(schedule),
        "history": history_json(parts.store, schedule, limit=SHOWN),
        "last_event": last_event,
        "now": parts.store.now(),
    }
    return render(request, "schedule.html", values=values)


def _strip(parts: Parts, schedule: Schedule) -> list[dict[str, Any]]:
    """The latest occurrences, oldest first: when, and in a word what became of each."""
    latest = parts.store.occurrences(schedule.id, limit=STRIP)
    return [{"time": one.time, "outcome": _outcome(parts, one)} for one in reversed(latest)]


def _outcome(parts: Parts, occurrence: Occurrence) -> str:
    if occurrence.job is None:
        return str(occurrence.ending)
    job = parts.store.job(occurrence.job)
    decision = (job.outcome or {}).get("decision")
    return str(decision if job.state is JobState.SUCCEEDED and decision else job.state)
