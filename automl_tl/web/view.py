"""Jobs, trials and events as the JSON objects of the API."""

from collections.abc import Mapping
from dataclasses import asdict, replace

from automl_tl.domain.events import Event
from automl_tl.domain.expectation import Place
from automl_tl.domain.job import Job, JobState, Wish
from automl_tl.domain.trial import Report, Trial, TrialState
from automl_tl.store.base import Store

Json = dict[str, object]

HEAVY = ("best_so_far", "baseline_gains")  # of an outcome: left out where many jobs are listed
BEGUN = frozenset(TrialState) - {TrialState.PROPOSED}


def job_json(
    store: Store, job: Job, *, now: float, place: Place | None = None, trials: tuple[Trial, ...] | None = None
) -> Json:
    """One job with all that is known; ``outcome`` is the finished job's result, its keys stand beside too.

    ``trials`` are the job's, where the caller has read them already.
    """
    job = _registered(store, job)
    outcome = dict(job.outcome or {})
    figures: Json = {}
    if job.started is not None:
        figures = _trial_figures(store.trials(job.id) if trials is None else trials)
    return {**_job_json(job, now=now), **_placed(place), **figures, **outcome, "outcome": job.outcome}


def jobs_json(store: Store, jobs: tuple[Job, ...], *, now: float, places: Mapping[str, Place]) -> list[Json]:
    """Many jobs, each with what a list shows; ``places`` of those that wait."""
    return [{**_listed(store, job, now=now), **_placed(places.get(job.id))} for job in jobs]


def _registered(store: Store, job: Job) -> Job:
    """The job as its outcome reads by now: a decision that waited for the registry has its version since."""
    outcome = job.outcome
    if outcome is None or not outcome.get("waits_for_registry"):
        return job
    decided = store.decision(job.id)
    if decided is None or decided.version is None:
        return job
    champion = store.model(tenant=job.tenant, name=job.request.name).champion
    by_now = {"version": decided.version, "champion_version": None if champion is None else champion.version}
    return replace(job, outcome={**outcome, **by_now, "waits_for_registry": None})


def _listed(store: Store, job: Job, *, now: float) -> Json:
    job = _registered(store, job)
    outcome = {key: value for key, value in (job.outcome or {}).items() if key not in HEAVY}
    is_open = job.started is not None and not job.state.is_final
    open_figures = _trial_figures(store.trials(job.id)) if is_open else {}
    best = {"best": outcome.get("validation")}
    return {**_job_json(job, now=now), **best, **open_figures, **outcome}


def _job_json(job: Job, *, now: float) -> Json:
    request = job.request
    return {
        "job": job.id,
        "name": request.name,
        "state": str(job.state),
        "phase": None if job.phase is None else str(job.phase),
        "wish": None if job.wish is Wish.NONE else str(job.wish),
        "decision": None,
        "reason": job.failure,
        "seconds": round(seconds(job, now=now), 3),
        **_placed(None),
        "created": job.created,
        "started": job.started,
        "finished": job.finished,
        "attempts": job.attempts,
        "candidate": None,
        "freeze_depth": None,
        "best": None,
        "test": None,
        "version": None,
        "trials": 0,
        "metric": request.metric,
        "dataset": request.dataset.path,
        "dataset_name": request.dataset_name or request.name,
        "seed": request.seed,
        "priority": request.priority,
        "strategy": str(request.strategy),
        "executor": str(request.executor),
        "budget": asdict(request.budget),
    }


def seconds(job: Job, *, now: float) -> float:
    """Wall time spent on the job, the present claim included."""
    running = now - job.claimed if job.state is JobState.RUNNING and job.claimed is not None else 0.0
    return max(0.0, job.spent_seconds + running)


def _placed(place: Place | None) -> Json:
    if place is None:
        return dict.fromkeys(("position", "expected_start", "waits_for"))
    return {
        "position": place.position,
        "expected_start": place.start,
        "waits_for": place.waits_for,
    }


def _trial_figures(trials: tuple[Trial, ...]) -> Json:
    leader = best_trial(trials)
    found: Json = {"trials": sum(trial.state in BEGUN for trial in trials)}
    if leader is not None and leader.report is not None:
        found |= {
            "best": best_value(leader),
            "candidate": leader.configuration.candidate,
            "freeze_depth": leader.configuration.freeze_depth,
        }
    return found


def best_trial(trials: tuple[Trial, ...]) -> Trial | None:
    """The trial with the highest validation value so far, the earliest of equals; None before any report."""
    reported = [trial for trial in trials if trial.reports]
    return max(reported, key=lambda trial: (best_value(trial), -trial.number), default=None)


def best_value(trial: Trial) -> float:
    """The highest validation value among a trial's reports, of which there must be one."""
    return max(report.value for report in trial.reports)


def trial_json(trial: Trial) -> Json:
    """One trial and its reports."""
    report = trial.report
    return {
        "number": trial.number,
        "state": str(trial.state),
        **asdict(trial.configuration),
        "origin": trial.origin,
        "until_epoch": trial.until_epoch,
        "epochs": trial.epoch,
        "value": None if report is None else report.value,
        "loss": None if report is None else report.loss,
        "seconds": round(sum(report.seconds for report in trial.reports), 3),
        "attempts": trial.attempts,
        "failure": trial.failure,
        "reports": [_report_json(report) for report in trial.reports],
    }


def _report_json(report: Report) -> Json:
    keys = ("epoch", "value", "loss", "train_value", "seconds", "multiply_adds", "notes")
    return {key: getattr(report, key) for key in keys}


def event_json(event: Event) -> Json:
    """One event, as the data line of a server-sent event."""
    return {
        "id": event.id,
        "kind": str(event.kind),
        "time": event.time,
        "job": event.job,
        "data": event.data,
    }
