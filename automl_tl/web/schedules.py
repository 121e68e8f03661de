"""The API of schedules: jobs that are submitted again and again."""

from typing import Annotated

from fastapi import APIRouter, Query

from automl_tl.daemon.scheduled import scheduled_request
from automl_tl.daemon.timetable import check_rule, next_slot
from automl_tl.domain import duration
from automl_tl.domain.name import checked_name
from automl_tl.domain.schedule import Rule
from automl_tl.errors import RequestError
from automl_tl.web.parts import Given
from automl_tl.web.schedule_view import history_json, schedule_json
from automl_tl.web.schemas import ScheduleBody, Submission
from automl_tl.web.submission import job_request
from automl_tl.web.view import Json

router = APIRouter(prefix="/api/v1", tags=["schedules"])
_LATEST = 20  # occurrences, runs that people asked for among them
MAX_HISTORY = 1000
MAX_JITTER_SECONDS = 86400.0


@router.post("/schedules", status_code=201)
def add_schedule(parts: Given, body: ScheduleBody) -> Json:
    """Keep a schedule; the same one again is the same."""
    checked_name(body.schedule, what="schedule")
    submission = Submission.model_validate(
        {**body.model_dump(include=set(Submission.model_fields)), "name": body.name or body.schedule}
    )
    request = job_request(submission, settings=parts.settings, caller=parts.caller)
    rule, now = _rule(body), parts.store.now()
    try:
        check_rule(rule, now=now)
    except ValueError as error:
        raise RequestError(str(error)) from None
    slot = next_slot(rule, schedule=f"{parts.tenant}/{body.schedule}", after=now)
    assert slot is not None  # the rule was looked at
    kept = parts.store.add_schedule(
        tenant=parts.tenant, name=body.schedule, rule=rule, request=request, slot=slot
    )
    return schedule_json(kept)


@router.get("/schedules")
def list_schedules(parts: Given) -> Json:
    """Every schedule by name, with its next run and its last success."""
    return {"schedules": [schedule_json(schedule) for schedule in parts.store.schedules(tenant=parts.tenant)]}


@router.get("/schedules/{name}")
def show_schedule(parts: Given, name: str, limit: Annotated[int, Query(ge=1, le=MAX_HISTORY)] = 30) -> Json:
    """One schedule and its ``history``, newest first: what became of each occurrence, and what changed."""
    schedule = parts.store.schedule(tenant=parts.tenant, name=name)
    return {**schedule_json(schedule), "history": history_json(parts.store, schedule, limit=limit)}


@router.post("/schedules/{name}/pause")
def pause_schedule(parts: Given, name: str) -> Json:
    """Let nothing run by itself until ``resume``; a job that runs goes on."""
    return schedule_json(parts.store.pause_schedule(tenant=parts.tenant, name=name))


@router.post("/schedules/{name}/resume")
def resume_schedule(parts: Given, name: str) -> Json:
    """Go on with the next occurrence from now; what went by meanwhile was not missed."""
    schedule = parts.store.schedule(tenant=parts.tenant, name=name)
    # Where the clock was set back, occurrences that were taken already lie ahead.
    taken = [found.occurrence for found in parts.store.occurrences(schedule.id, limit=_LATEST)]
    slot = next_slot(schedule.rule, schedule=schedule.key, after=max([parts.store.now(), *taken]))
    return schedule_json(parts.store.resume_schedule(tenant=parts.tenant, name=name, slot=slot))


@router.post("/schedules/{name}/run", status_code=202)
def run_now(parts: Given, name: str) -> Json:
    """Queue a job of it now, whatever the data are; the rule goes on as it was."""
    schedule = parts.store.schedule(tenant=parts.tenant, name=name)
    asked = parts.store.run_now(schedule, request=scheduled_request(parts.store, schedule))
    return {"schedule": name, "job": asked.job}


@router.post("/schedules/{name}/remove")
def remove_schedule(parts: Given, name: str) -> Json:
    """Forget a schedule and its history; the jobs that it started stay."""
    parts.store.remove_schedule(tenant=parts.tenant, name=name)
    return {"schedule": name, "removed": True}


def _rule(body: ScheduleBody) -> Rule:
    return Rule(
        cron=" ".join(body.cron.split()),
        timezone=body.timezone,
        jitter_seconds=_jitter_seconds(body.jitter),
        when_missed=body.when_missed,
        when_unchanged=body.when_unchanged,
        blackouts=tuple(body.blackouts),
        with_champion=body.champion == "yes",
    )


def _jitter_seconds(given: float | str) -> float:
    try:
        seconds = duration.seconds(given) if isinstance(given, str) else float(given)
    except ValueError as error:
        raise RequestError(f"jitter: {error}") from None
    if not 0.0 <= seconds <= MAX_JITTER_SECONDS:
        raise RequestError(f"jitter {given}: expected 0 to 24 hours")
    return seconds
