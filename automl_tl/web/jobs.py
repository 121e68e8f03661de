"""The API of jobs."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from automl_tl.domain.job import Job, JobState, Wish
from automl_tl.job import discarding
from automl_tl.job.tracebacks import traceback_file
from automl_tl.web.logs import read_log
from automl_tl.web.noting import taken_deed
from automl_tl.web.parts import Given, Parts
from automl_tl.web.places import ANSWERED_AT_ONCE
from automl_tl.web.schemas import Submission
from automl_tl.web.streams import job_stream
from automl_tl.web.submission import job_request
from automl_tl.web.view import Json, job_json, jobs_json, trial_json

router = APIRouter(prefix="/api/v1", tags=["jobs"])
LOG_END = "Log-End"
MAX_JOBS = 1000
MAX_KEY = 200


@router.post("/jobs", status_code=202)
def submit(
    parts: Given,
    submission: Submission,
    asked: Request,
    response: Response,
    idempotency_key: Annotated[str | None, Header(max_length=MAX_KEY)] = None,
) -> Json:
    """Queue a job; the same Idempotency-Key gives the same job.

    ``position`` is null once more than 50 jobs wait: ask for the job to learn it.
    """
    request = job_request(submission, settings=parts.settings, caller=parts.caller)
    deed = taken_deed(asked.scope)
    job = parts.store.add_job(request, tenant=parts.tenant, key=idempotency_key, deed=deed)
    response.headers["Location"] = f"/api/v1/jobs/{job.id}"
    place = parts.places.of([job], most=ANSWERED_AT_ONCE).get(job.id)
    return {"job": job.id, "state": str(job.state), "position": None if place is None else place.position}


@router.post("/plans")
def plan(parts: Given, submission: Submission) -> Json:
    """What that submission would do, and its time, disk and downloads; nothing is queued or spent."""
    request = job_request(submission, settings=parts.settings, caller=parts.caller)
    return parts.plan(request, tenant=parts.tenant)


@router.get("/jobs")
def list_jobs(
    parts: Given,
    state: Annotated[list[JobState] | None, Query(description="only jobs in these states")] = None,
    name: Annotated[str | None, Query(description="only jobs of this model line")] = None,
    before: Annotated[str | None, Query(description="only jobs older than this one, by its id")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_JOBS)] = 100,
) -> Json:
    """The newest jobs first, and how many there are in each state."""
    jobs = parts.store.jobs(tenant=parts.tenant, name=name, states=state or (), before=before, limit=limit)
    counts = {str(state): count for state, count in parts.store.count_jobs(tenant=parts.tenant).items()}
    now, places = parts.store.now(), parts.places.of(jobs)
    return {"jobs": jobs_json(parts.store, jobs, now=now, places=places), "counts": counts}


@router.get("/jobs/{id}")
def show_job(parts: Given, id: str) -> Json:
    """One job; a finished one with its outcome."""
    return _shown(parts, parts.job(id))


@router.get("/jobs/{id}/trials")
def show_trials(parts: Given, id: str) -> Json:
    """Every trial of a job, by number."""
    job = parts.job(id)
    return {
        "job": id,
        "metric": job.request.metric,
        "trials": [trial_json(t) for t in parts.store.trials(id)],
    }


@router.get("/jobs/{id}/events", response_class=Response)
async def follow_events(
    parts: Given,
    id: str,
    after: Annotated[int, Query(ge=0, description="only events with a higher id")] = 0,
    last_event_id: Annotated[int | None, Header(ge=0)] = None,
) -> Response:
    """The job's events as server-sent events until it is finished; Last-Event-ID or ``after`` resumes."""
    return await job_stream(parts, job=id, after=last_event_id or after)


@router.post("/jobs/{id}/cancel")
def cancel(
    parts: Given,
    id: str,
    discard: Annotated[bool, Query(description="keep nothing of what it found")] = False,
) -> Json:
    """Cancel a job: at once where it waits, at its next step where it runs. Its best so far stays, unless
    ``discard``, which also goes for a job that failed or was cancelled before."""
    if not discard:
        return _wished(parts, id, Wish.CANCEL)
    job = parts.store.wish(parts.job(id).id, Wish.DISCARD)
    if job.swept is not None:  # else its runner will see to it
        discarding.discard(parts.settings.folders.job(id))
    return _shown(parts, job)


@router.post("/jobs/{id}/pause")
def pause(parts: Given, id: str) -> Json:
    """Pause a job: it keeps what it found, and goes on after a resume."""
    return _wished(parts, id, Wish.PAUSE)


@router.post("/jobs/{id}/resume")
def resume(parts: Given, id: str) -> Json:
    """Queue a paused job again."""
    return _wished(parts, id, Wish.NONE)


@router.post("/jobs/{id}/retry")
def retry(parts: Given, id: str) -> Json:
    """Queue a failed or cancelled job again; it takes up its trials."""
    return _shown(parts, parts.store.retry(parts.job(id).id))


@router.get("/jobs/{id}/logs", response_class=Response)
def show_log(
    parts: Given,
    id: str,
    lines: Annotated[int, Query(ge=1, le=100_000)] = 200,
    offset: Annotated[int | None, Query(ge=0, description="all from this byte on")] = None,
    trial: Annotated[int | None, Query(ge=0, description="only lines that name this trial")] = None,
) -> Response:
    """The end of a job's log as text; the header Log-End is the offset to go on from.

    Of one trial also the traceback, if it failed.
    """
    folder = parts.settings.folders.job(parts.job(id).id)
    part = read_log(folder / "log.txt", lines=lines, offset=offset, trial=trial)
    text = part.text
    if trial is not None and offset is None and (file := traceback_file(folder, trial)).is_file():
        text += file.read_text()
    return Response(text, media_type="text/plain", headers={LOG_END: str(part.end)})


def _wished(parts: Given, id: str, wish: Wish) -> Json:
    return _shown(parts, parts.store.wish(parts.job(id).id, wish))


def _shown(parts: Parts, job: Job) -> Json:
    place = parts.places.of([job]).get(job.id)
    return job_json(parts.store, job, now=parts.store.now(), place=place)
