"""``bench end-to-end``: how soon each way of searching is within half a point of the best of all."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from automl_tl.domain.events import EventKind
from automl_tl.domain.job import Job, JobState, Phase, Wish
from automl_tl.domain.metric import Metric
from automl_tl.search.base import Strategy
from automl_tl.settings import Settings
from automl_tl.upkeep.temporary import temporary_folder
from automl_tl.wiring.adapters import store_of
from automl_tl.wiring.foreground import run_here
from automl_tl.wiring.runner import keep_of, prior_only_of, random_of, strategy_of

WITHIN = 0.005
OURS = "funnel"
_RESAMPLES = 10_000
Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One way of searching: options of the submission, and what else differs.

    ``settings`` change the home's; ``space`` are lines of the space file's ``[space]``, by key.
    """

    name: str
    options: Mapping[str, object] = field(default_factory=dict)
    strategy: Callable[[Job], Strategy] = strategy_of
    settings: Mapping[str, object] = field(default_factory=dict)
    space: Mapping[str, str] = field(default_factory=dict)


CONTENDERS = (
    Contender(name=OURS),
    Contender(name="tune", options={"strategy": "tune"}),
    Contender(
        name="full fine-tuning",
        options={"strategy": "tune"},
        settings={"activation_bytes": 0},
        space={"freeze_depth": "[0]"},
    ),
    Contender(name="one epoch, keep 3", strategy=keep_of),
)
ABLATIONS = (
    Contender(name=OURS),
    Contender(name="without cache", settings={"activation_bytes": 0}),
    Contender(name="without LP-FT", space={"head_start": "false"}),
    Contender(name="without warm pool", settings={"works_per_worker": 1}),
    Contender(name="random for Optuna", strategy=random_of),
    Contender(name="prior only", strategy=prior_only_of),
    Contender(name="one epoch, keep 3", strategy=keep_of),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What every contender runs: datasets, one search space, seeds, and a cap in seconds for each job.

    ``space`` is TOML text without ``freeze_depth``; paths in it start from ``root``.
    """

    datasets: tuple[Path, ...]
    space: str
    root: Path
    seeds: Sequence[int]
    cap: float
    contenders: tuple[Contender, ...] = CONTENDERS


def run(course: Course, *, notes: Path) -> dict[str, Any]:
    """Run what ``notes`` (one JSON object a line) does not hold yet, and tell what all of it says.

    Each job runs alone, on a home of its own: start-up is paid by everyone. Contenders take turns, seed by
    seed, so that a run that is cut off has measured all of them alike. Nothing is proven: a job is cancelled
    where its search ends. Notes of courses that ran side by side, each with seeds of its own, may be joined.
    """
    records = _read(notes)
    done = {(r["dataset"], r["seed"], r["contender"]) for r in records}
    for seed in course.seeds:
        for dataset in course.datasets:
            for contender in course.contenders:
                if (dataset.name, seed, contender.name) in done:
                    continue
                record = _job(course, contender, dataset=dataset, seed=seed)
                with notes.open("a") as file:
                    file.write(json.dumps(record) + "\n")
                records.append(record)
    return summary(records, cap=course.cap)


def summary(records: Sequence[Record], *, cap: float) -> dict[str, Any]:
    """Seconds to within half a point of the best validation that any contender reached, dataset by dataset.

    What has not arrived, failed jobs among them, counts as the cap, so the speed-up over it is at least what
    is said. The speed-up of ours is a geometric mean over all runs, with a 95 % bootstrap interval over them.
    ``best_mean`` is the mean of the best validation values, 0 where there is none.
    """
    races: dict[tuple[str, int], dict[str, Record]] = {}
    for record in records:
        races.setdefault((record["dataset"], record["seed"]), {})[record["contender"]] = record
    arrived: dict[str, dict[tuple[str, int], float]] = {}
    reached: dict[str, list[float]] = {}
    for race, runs in races.items():
        values = [value for run in runs.values() for _, value in run["best_so_far"]]
        goal = max(values, default=float("inf")) - WITHIN
        for name, run in runs.items():
            arrived.setdefault(name, {})[race] = _arrival(run["best_so_far"], goal=goal, cap=cap)
            reached.setdefault(name, []).append(run["best_so_far"][-1][1] if run["best_so_far"] else 0.0)
    found = {
        name: {**_told(name, arrived, cap=cap), "best_mean": float(np.mean(reached[name]))}
        for name in arrived
    }
    if ratios := _times_least(races, arrived.get(OURS, {})):
        found[OURS]["times_least"] = float(np.exp(np.log(ratios).mean()))
    return {"cap_seconds": cap, "races": len(races), "contenders": found, "table": _table(found)}


def _job(course: Course, contender: Contender, *, dataset: Path, seed: int) -> Record:
    lines = {"freeze_depth": '"every"', **contender.space}
    added = "\n".join(f"{key} = {value}" for key, value in lines.items())
    with temporary_folder("automl-tl-bench-") as home:
        settings = Settings(home=Path(home), registry="folder").model_copy(update=dict(contender.settings))
        submission = {
            **contender.options,
            "dataset": str(dataset.absolute()),
            "name": "race",
            "space": course.space.replace("[space]", f"[space]\n{added}", 1),
            "space_root": str(course.root),
            "time_budget": course.cap,
            "metric": Metric.ACCURACY,  # half a point is one of accuracy, and kept notes are of the same
            "seed": seed,
        }
        outcome = run_here(submission, settings, tell=_Finish(settings=settings), strategy=contender.strategy)
    kept = ("state", "error", "trials", "epochs", "seconds", "candidate", "freeze_depth", "validation")
    return {
        "dataset": dataset.name,
        "seed": seed,
        "contender": contender.name,
        **{key: outcome.get(key) for key in (*kept, "least_seconds")},
        "best_so_far": outcome.get("best_so_far") or [],
    }


def _times_least(
    races: Mapping[tuple[str, int], Mapping[str, Record]], arrived: Mapping[tuple[str, int], float]
) -> list[float]:
    """How many times the least time (T_min) each run of ours took to arrive, where it was measured."""
    least = ((races[race][OURS].get("least_seconds"), seconds) for race, seconds in arrived.items())
    return [seconds / measured for measured, seconds in least if measured]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finish:
    """Hears a home's one job, and cancels it once nothing that could come would change the race.

    That is when the search is over, or when so few mistakes are left that no one can be half a point better.
    """

    settings: Settings

    def __call__(self, events: Iterable[Mapping[str, Any]]) -> None:
        store = store_of(self.settings)
        for event in events:
            running = store.jobs(states=(JobState.RUNNING,)) if _is_over(event) else ()
            for job in running:
                store.wish(job.id, Wish.CANCEL)
        store.close()


def _is_over(event: Mapping[str, Any]) -> bool:
    if event["kind"] == EventKind.PHASE_ENTERED:
        return bool(event["data"]["phase"] == Phase.PROVE)
    return bool(event["kind"] == EventKind.TRIAL_REPORTED and event["data"]["value"] >= 1 - WITHIN)


def _read(notes: Path) -> list[Record]:
    return [json.loads(line) for line in notes.read_text().splitlines()] if notes.is_file() else []


def _arrival(curve: Sequence[Sequence[float]], *, goal: float, cap: float) -> float:
    return next((min(seconds, cap) for seconds, value in curve if value >= goal), cap)


def _told(name: str, arrived: Mapping[str, Mapping[tuple[str, int], float]], *, cap: float) -> dict[str, Any]:
    ours, theirs = arrived.get(OURS, {}), arrived[name]
    both = sorted(ours.keys() & theirs.keys())
    seconds = np.array(list(theirs.values()))
    told: dict[str, Any] = {
        "runs": len(seconds),
        "median_seconds": float(np.median(seconds)),
        "arrived": int((seconds < cap).sum()),
    }
    if name != OURS and both:
        logs = np.log([theirs[race] / ours[race] for race in both])
        drawn = np.random.default_rng(0).choice(logs, (_RESAMPLES, len(logs))).mean(axis=1)
        low, high = np.exp(np.quantile(drawn, [0.025, 0.975]))
        told |= {"speed_up": float(np.exp(logs.mean())), "interval": [float(low), float(high)]}
    return told


def _table(found: Mapping[str, Mapping[str, Any]]) -> str:
    heads = f"{'contender':<20} {'runs':>5} {'arrived':>8} {'median s':>9} {'best, mean':>10}"
    lines = [f"{heads} {'ours is faster by':>28} {'× T_min':>8}"]
    for name, told in found.items():
        faster = ""
        if "speed_up" in told:
            low, high = told["interval"]
            faster = f"{told['speed_up']:.1f} × ({low:.1f} to {high:.1f})"
        least = f"{told['times_least']:.1f}" if "times_least" in told else ""
        arrived = f"{told['runs']:>5} {told['arrived']:>8} {told['median_seconds']:>9.0f}"
        figures = f"{arrived} {told['best_mean']:>10.4f}"
        lines.append(f"{name:<20} {figures} {faster:>28} {least:>8}".rstrip())
    return "\n".join(lines)
