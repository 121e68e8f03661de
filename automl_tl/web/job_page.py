"""What the page of one job shows."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from automl_tl.domain.dataset import DataReport
from automl_tl.domain.gate import Proof
from automl_tl.domain.job import Job, JobState, Phase
from automl_tl.domain.measurement import Measurement
from automl_tl.domain.promotion import Decided
from automl_tl.domain.trial import Trial, TrialState
from automl_tl.store.base import Store
from automl_tl.web.candidates import MOST as SHOWN_CANDIDATES
from automl_tl.web.candidates import entrants
from automl_tl.web.chart import Chart
from automl_tl.web.curve import best_curve
from automl_tl.web.depth_map import depth_map
from automl_tl.web.funnel import funnel
from automl_tl.web.places import Places
from automl_tl.web.view import BEGUN, best_trial, best_value, job_json, seconds

SHOWN_TRIALS = 30
MOST_TRIALS = 1000
SHOWN_CLASSES = 12
SHOWN_REJECTED = 8
WHO = {
    "challenger": "this challenger",
    "champion": "champion until then",
    "cheap": "cheap baseline",
    "scratch": "same net from scratch",
    "majority": "majority class",
}
ACTIONS: dict[JobState, tuple[str, ...]] = {
    JobState.QUEUED: ("pause", "cancel"),
    JobState.RUNNING: ("pause", "cancel"),
    JobState.PAUSED: ("resume", "cancel"),
    JobState.FAILED: ("retry",),
    JobState.CANCELLED: ("retry",),
}
_LIVING = (TrialState.RUNNING, TrialState.PROPOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One contender on the test; positions are percent of the drawing's width, None where not read."""

    who: str
    value: float
    x: float
    is_below: bool
    low: float | None
    high: float | None
    low_x: float | None
    high_x: float | None
    gain: float | None
    gain_low: float | None
    gain_high: float | None
    is_challenger: bool


def job_page(store: Store, id: str, *, places: Places, most_trials: int = SHOWN_TRIALS) -> dict[str, object]:
    """The page's values by name; raises NotFound."""
    # First: whatever happens while the rest is read comes to the page as an event.
    last_event = store.last_event()
    job = store.job(id)
    trials = store.trials(id)
    decided = store.decision(id)
    leader = best_trial(trials)
    now = store.now()
    measurements = store.measurements(id)
    found = entrants(measurements, trials)
    return {
        "job": job_json(store, job, now=now, place=places.of([job]).get(id), trials=trials),
        "done": _done(job, trials, now=now),
        "funnel": funnel(
            measurements,
            trials,
            finalists=_finalists(measurements),
            challengers=0 if decided is None else 1,
        ),
        "curve": _curve(store, job, now=now),
        "map": depth_map(trials),
        "candidates": found[:SHOWN_CANDIDATES],
        "candidate_count": len(found),
        "budget": job.request.budget,
        "phases": _phases(job),
        "trials": [_row(trial) for trial in _ranked(trials)[:most_trials]],
        "trial_count": len(trials),
        "leader": None if leader is None else leader.number,
        "decided": decided,
        "marks": [] if decided is None else marks(decided.proof),
        "gained": None if decided is None else _gained(decided),
        "data": _data(store.data_report(id)),
        "actions": ACTIONS.get(job.state, ()),
        "is_final": job.state.is_final,
        "last_event": last_event,
    }


def _done(job: Job, trials: tuple[Trial, ...], *, now: float) -> float | None:
    """The part of its budget that a running job has used, percent; None where it does not run."""
    budget = job.request.budget
    if job.state is not JobState.RUNNING:
        return None
    shares = [
        seconds(job, now=now) / budget.seconds if budget.seconds else 0.0,
        sum(trial.state in BEGUN for trial in trials) / budget.trials if budget.trials else 0.0,
        sum(trial.epoch for trial in trials) / budget.epochs if budget.epochs else 0.0,
    ]
    return round(100 * min(1.0, max(shares)), 1)


def _finalists(measurements: Sequence[Measurement]) -> int:
    """How many were read on retest, of the readings that count: those kept last."""
    kept = next((m.value["readings"] for m in reversed(measurements) if m.kind == "retest"), [])
    return len(kept) if isinstance(kept, list) else 0


def _curve(store: Store, job: Job, *, now: float) -> Chart | None:
    begun = job.started or job.created
    points = [(time - begun, value) for time, value in store.values_over_time(job.id)]
    until = now - begun if job.state is JobState.RUNNING else 0.0
    return best_curve(points, metric=job.request.metric, until=until)


def _phases(job: Job) -> list[tuple[str, str]]:
    """Every phase and whether it is done, now, or still to come."""
    order = list(Phase)
    if job.state is JobState.SUCCEEDED:
        return [(str(phase), "done") for phase in order]
    at = -1 if job.phase is None else order.index(job.phase)
    here = "now" if job.state is JobState.RUNNING else "stopped"
    return [(str(p), "done" if i < at else here if i == at else "ahead") for i, p in enumerate(order)]


def _ranked(trials: tuple[Trial, ...]) -> list[Trial]:
    """Those under way first, then the best; those without a value last."""

    def rank(trial: Trial) -> tuple[bool, bool, float, int]:
        value = best_value(trial) if trial.reports else 0.0
        return trial.state is not TrialState.RUNNING, not trial.reports, -value, trial.number

    return sorted(trials, key=rank)


def _row(trial: Trial) -> dict[str, object]:
    return {
        "number": trial.number,
        "configuration": trial.configuration,
        "state": str(trial.state),
        "is_living": trial.state in _LIVING,
        "epoch": trial.epoch,
        "until_epoch": trial.until_epoch,
        "value": best_value(trial) if trial.reports else None,
        "origin": trial.origin,
        "why": trial.failure or (trial.report.notes if trial.report else ""),
    }


def _data(report: DataReport | None) -> dict[str, object] | None:
    if report is None:
        return None
    classes = sorted(report.classes.items(), key=lambda item: (-item[1], item[0]))
    return {
        "report": report,
        "classes": classes[:SHOWN_CLASSES],
        "more_classes": max(0, len(classes) - SHOWN_CLASSES),
        "largest": max(report.classes.values(), default=1) or 1,
        "rejected": report.rejected[:SHOWN_REJECTED],
        "more_rejected": max(0, len(report.rejected) - SHOWN_REJECTED),
        "leaks": {kind: count for kind, count in asdict(report.leaks).items() if count},
    }


def marks(proof: Proof) -> list[Mark]:
    """Every contender that was read, best first after the challenger, on one common scale.

    The scale spans all but the majority class, which would squeeze the rest; what lies below is told so.
    """
    shown = [name for name in proof.values if name != "majority"]
    ends = [proof.values[name] for name in shown]
    ends += [end for name in shown if (i := proof.intervals.get(name)) for end in (i.low, i.high)]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    width = (high - low) or 1.0

    def x(value: float) -> float:
        return round(6 + 88 * (value - low) / width, 2)

    names = sorted(proof.values, key=lambda name: (name != "challenger", -proof.values[name]))
    return [_mark(proof, name, x) for name in names]


def _mark(proof: Proof, name: str, x: Callable[[float], float]) -> Mark:
    interval, gain = proof.intervals.get(name), proof.gain_over(name)
    return Mark(
        who=WHO.get(name, name),
        value=proof.values[name],
        x=x(proof.values[name]),
        is_below=x(proof.values[name] if interval is None else interval.low) < 0,
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        low_x=None if interval is None else x(interval.low),
        high_x=None if interval is None else x(interval.high),
        gain=None if gain is None else gain.mean,
        gain_low=None if gain is None else gain.interval.low,
        gain_high=None if gain is None else gain.interval.high,
        is_challenger=name == "challenger",
    )


def _gained(decided: Decided) -> dict[str, object]:
    proof = decided.proof
    return {
        "samples": proof.samples,
        "opening": proof.opening,
        "level": round(100 * (1 - proof.alpha), 2),
        "version": decided.version,
        "champion_version": proof.champion_version,
    }
