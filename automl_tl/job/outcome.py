"""A job's result as the JSON object that ``run --json`` prints and the API returns."""

from collections.abc import Mapping

from automl_tl.domain.candidate import CandidateFacts
from automl_tl.domain.day import day_of
from automl_tl.domain.events import EventKind
from automl_tl.domain.gate import Gain, Interval, Proof
from automl_tl.domain.job import Job, JobState
from automl_tl.domain.promotion import Decided
from automl_tl.domain.rungs import incumbent
from automl_tl.domain.trial import Trial
from automl_tl.errors import AutomlError, NotFound, OperatorError, RequestError
from automl_tl.job.desk import Desk
from automl_tl.store.base import Store

UNCHANGED = "unchanged"
"""In place of a decision: the job had nothing to decide, for its data were known."""

BASELINES = ("majority", "cheap", "scratch")
_FAULTS = ((RequestError, "request"), (OperatorError, "operator"))


def job_outcome(
    desk: Desk,
    decided: Decided,
    *,
    facts: Mapping[str, CandidateFacts],
    waits: str | None = None,
) -> dict[str, object]:
    """What a finished job found and what was decided; values are the job's metric.

    ``waits``: why the decision is not in the registry yet.
    """
    trials = desk.store.trials(desk.job.id)
    winner = next(t for t in trials if t.number == decided.lineage["trial"])
    return {
        "job": desk.job.id,
        "name": desk.job.request.name,
        "state": str(JobState.SUCCEEDED),
        "decision": str(decided.decision.outcome),
        "reason": _reason(decided),
        "version": decided.version,
        "champion_version": _champion_version(desk.store, desk.job),
        "waits_for_registry": waits,
        "candidate": winner.configuration.candidate,
        "freeze_depth": winner.configuration.freeze_depth,
        "stages": len(facts[winner.configuration.candidate].stages),
        "metric": decided.proof.metric,
        "validation": decided.lineage["validation"],
        "retest": decided.lineage["retest"],
        **_proof_figures(decided.proof),
        **_search_figures(desk.store, desk.job, trials),
        **_time_figures(desk.store, desk.job, seconds=desk.seconds()),
        "card": str(desk.folder / "card.html"),
    }


def _reason(decided: Decided) -> str:
    """The decision's, and why nothing came of it where its artifact was changed before it was registered."""
    reason = decided.decision.reason
    is_withdrawn = decided.version is None and decided.gone_why is not None
    return f"{reason}; taken back, for {decided.gone_why}" if is_withdrawn else reason


def reused_outcome(desk: Desk, earlier: Decided) -> dict[str, object]:
    """The outcome of the job that decided, as it reads by now, for one that asks the same: ``reused``."""
    found = desk.store.job(earlier.job).outcome or {}
    return {
        **found,
        "job": desk.job.id,
        "reused": earlier.job,
        "reason": _reason(earlier),
        "version": earlier.version,
        "champion_version": _champion_version(desk.store, desk.job),
        "waits_for_registry": None if earlier.version is not None else found.get("waits_for_registry"),
        "seconds": round(desk.seconds(), 3),
    }


def unfinished_outcome(store: Store, job: Job, *, seconds: float, is_kept: bool = True) -> dict[str, object]:
    """The best answer so far of a job that was cancelled; none where nothing of it is kept."""
    trials = store.trials(job.id)
    best = incumbent(trials) if is_kept else None
    found: dict[str, object] = {}
    if best is not None and best.report is not None:
        found = {
            "trial": best.number,
            "candidate": best.configuration.candidate,
            "freeze_depth": best.configuration.freeze_depth,
            "validation": best.report.value,
        }
    return {
        "job": job.id,
        "name": job.request.name,
        "state": str(JobState.CANCELLED),
        "metric": job.request.metric,
        **found,
        **_search_figures(store, job, trials),
        **_time_figures(store, job, seconds=seconds),
    }


def unchanged_outcome(desk: Desk, same: Job) -> dict[str, object]:
    """What a schedule's job has to say whose data are those of its last successful one."""
    job = desk.job
    return {
        "job": job.id,
        "name": job.request.name,
        "state": str(JobState.SUCCEEDED),
        "decision": UNCHANGED,
        "reason": f"every sample, label and split is that of job {same.id} ({day_of(same.created)}): "
        "nothing was searched",
        "version": None,
        "champion_version": _champion_version(desk.store, job),
        "metric": job.request.metric,
        **_search_figures(desk.store, job, ()),
        **_time_figures(desk.store, job, seconds=desk.seconds()),
    }


def failure_outcome(store: Store, job: Job, error: AutomlError) -> dict[str, object]:
    """Why a job failed; ``fault``: who can mend it, the submitter (``request``), ``operator``, or ``job``."""
    fault = next((f for kind, f in _FAULTS if isinstance(error, kind)), "job")
    return {
        "job": job.id,
        "name": job.request.name,
        "state": str(JobState.FAILED),
        "fault": fault,
        "error": {"title": error.title, "detail": str(error)},
        "trials": len(store.trials(job.id)),
    }


def best_so_far(store: Store, job: Job) -> list[tuple[float, float]]:
    """(seconds since the job was first claimed, best validation value until then), improvements only."""
    begun = None
    curve: list[tuple[float, float]] = []
    after = 0
    while events := store.events(after=after, job=job.id):
        for event in events:
            if event.kind is EventKind.JOB_STARTED and begun is None:
                begun = event.time
            value = event.data.get("value")
            if event.kind is not EventKind.TRIAL_REPORTED or not isinstance(value, int | float):
                continue
            if not curve or value > curve[-1][1]:
                curve.append((round(event.time - (begun or event.time), 3), float(value)))
        after = events[-1].id
    return curve


def _search_figures(store: Store, job: Job, trials: tuple[Trial, ...]) -> dict[str, object]:
    return {
        "trials": sum(1 for trial in trials if trial.reports or trial.failure),
        "epochs": sum(trial.epoch for trial in trials),
        "best_so_far": best_so_far(store, job),
    }


def _time_figures(store: Store, job: Job, *, seconds: float) -> dict[str, object]:
    found = next((m.value for m in store.measurements(job.id) if m.kind == "search"), {})
    least = found.get("least_seconds")
    assert least is None or isinstance(least, float)
    return {
        "seconds": round(seconds, 3),
        "least_seconds": None if least is None else round(least, 3),
        "times_least": None if not least else round(seconds / least, 3),
    }


def _proof_figures(proof: Proof) -> dict[str, object]:
    gain = proof.gain_over("champion")
    return {
        "test": proof.values["challenger"],
        "test_interval": _pair(proof.intervals["challenger"]),
        "test_samples": proof.samples,
        "champion_test": proof.values.get("champion"),
        "gain": None if gain is None else gain.mean,
        "gain_interval": None if gain is None else _pair(gain.interval),
        "baselines": {name: proof.values[name] for name in BASELINES if name in proof.values},
        "baseline_gains": {g.over: _gain(g) for g in proof.gains if g.over in BASELINES},
    }


def _gain(gain: Gain) -> dict[str, object]:
    return {"gain": gain.mean, "interval": _pair(gain.interval)}


def _pair(interval: Interval) -> list[float]:
    return [interval.low, interval.high]


def _champion_version(store: Store, job: Job) -> int | None:
    try:
        champion = store.model(tenant=job.tenant, name=job.request.name).champion
    except NotFound:
        return None
    return None if champion is None else champion.version
