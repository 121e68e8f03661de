"""Schedules and their history as the JSON objects of the API."""

from collections.abc import Sequence
from dataclasses import asdict

from automl_tl.domain.job import Job, JobState
from automl_tl.domain.promotion import Promotion, champion_at
from automl_tl.domain.schedule import Occurrence, Schedule
from automl_tl.store.base import Store
from automl_tl.web.view import Json

_FIGURES = (
    "decision",
    "reason",
    "version",
    "metric",
    "test",
    "champion_test",
    "gain",
    "gain_interval",
    "seconds",
)


def schedule_json(schedule: Schedule) -> Json:
    """One schedule; moments are seconds since the epoch, ``next`` is when it is due, jitter included."""
    request, rule, slot = schedule.request, schedule.rule, schedule.slot
    return {
        "schedule": schedule.name,
        "name": request.name,
        "dataset": request.dataset.path,
        **asdict(rule),
        "paused": schedule.paused,
        "next": None if slot is None else slot.due,
        "occurrence": None if slot is None else slot.occurrence,
        "last_success": schedule.last_success,
        "created": schedule.created,
        "budget": asdict(request.budget),
    }


def history_json(store: Store, schedule: Schedule, *, limit: int) -> list[Json]:
    """Its latest occurrences, newest first."""
    found = store.occurrences(schedule.id, limit=limit)
    # Of one name they are, so its moves are read once.
    moves = store.promotions(tenant=schedule.tenant, name=schedule.request.name) if found else ()
    return [_occurrence_json(store, occurrence, moves=moves) for occurrence in found]


def _occurrence_json(store: Store, occurrence: Occurrence, *, moves: Sequence[Promotion]) -> Json:
    """One line of history; ``outcome`` is why there was no job, or else what the job came to.

    ``samples`` are those ``added``, ``gone`` and ``relabelled`` since the dataset was read before,
    ``champion_before`` and ``champion_after`` the versions that were champion at its begin and its end.
    """
    told: Json = {
        "occurrence": occurrence.occurrence,
        "time": occurrence.time,
        "asked": occurrence.asked,
        "passed": occurrence.passed,
        "job": occurrence.job,
        "outcome": None if occurrence.ending is None else str(occurrence.ending),
        "reason": occurrence.why,
    }
    if occurrence.job is None:
        return told
    job = store.job(occurrence.job)
    found = job.outcome or {}
    figures = {key: found.get(key) for key in _FIGURES if key in found}
    decision = found.get("decision") if job.state is JobState.SUCCEEDED else None
    return {
        **told,
        "reason": job.failure,
        **figures,
        "late": occurrence.why,
        "outcome": decision or str(job.state),
        "samples": _samples(store, job),
        **_champions(job, moves),
    }


def _samples(store: Store, job: Job) -> Json | None:
    report = store.data_report(job.id)
    return None if report is None or report.changes is None else asdict(report.changes)


def _champions(job: Job, moves: Sequence[Promotion]) -> Json:
    begin, end = job.created, job.finished
    return {
        "champion_before": _version(champion_at(moves, begin)),
        "champion_after": None if end is None else _version(champion_at(moves, end)),
    }


def _version(move: Promotion | None) -> int | None:
    return None if move is None else move.version
