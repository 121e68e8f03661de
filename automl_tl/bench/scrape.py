"""``bench scrape``: what a scrape of the daemon costs, however many jobs there were."""

import statistics
import time
import urllib.request
from collections.abc import Callable
from typing import Any

from automl_tl.bench.numbers import SPACE
from automl_tl.client.own_daemon import OwnDaemon
from automl_tl.domain.budget import Budget
from automl_tl.domain.dataset import DatasetSource
from automl_tl.domain.gate import Decision, Gain, Interval, Outcome, Proof
from automl_tl.domain.job import DEFAULT_TENANT, JobRequest, JobState, Lease, Phase
from automl_tl.domain.trial import Configuration, Report, Trial, TrialState
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.upkeep.temporary import temporary_folder
from automl_tl.wiring.adapters import store_of

_PAUSE_SECONDS = 0.05
_CHALLENGER, _MAJORITY = 0.9, 0.5


def run(*, jobs: int, names: int, scrapes: int) -> dict[str, Any]:
    """Fill a store with finished jobs, start a daemon on it, and scrape it.

    ``first`` is the first scrape after the daemon's first start on that store, which finds nothing counted
    yet; ``counted_after_seconds`` is when all past events were. ``again`` is the same of its second start.
    """
    with temporary_folder("automl-tl-bench-") as folder:
        settings = Settings(home=folder, registry="folder")
        store = store_of(settings)
        try:
            begun = time.perf_counter()
            fill(store, jobs=jobs, names=names)
            filled = time.perf_counter() - begun
            events = store.last_event()
        finally:
            store.close()
        first = _on_a_daemon(settings, scrapes=scrapes)
        again = _on_a_daemon(settings, scrapes=1)
    found = {
        "jobs": jobs,
        "names": names,
        "events": events,
        "fill_seconds": filled,
        **first,
        "again_counted_after_seconds": again["counted_after_seconds"],
        "again_first_scrape_milliseconds": again["first_scrape_milliseconds"],
    }
    lines = [f"{key:<36} {value:>12,.1f}" for key, value in found.items()]
    return {**found, "table": "\n".join(lines)}


def fill(store: Store, *, jobs: int, names: int) -> None:
    """Finished jobs of so many names: one in ten failed, every name has a champion."""
    for number in range(jobs):
        name = f"name-{number % names}"
        lease = store.begin_job(_request(name), tenant=DEFAULT_TENANT, holder="bench", lease_seconds=3600)
        if number % 10 == 9 and number >= names:
            store.finish(lease, JobState.FAILED, spent_seconds=1.0, failure="no data")
        else:
            _succeed(store, lease, name, promotes=number < names)


def _succeed(store: Store, lease: Lease, name: str, *, promotes: bool) -> None:
    store.enter(lease, Phase.CHECK)
    store.enter(lease, Phase.SEARCH)
    for number in range(2):
        store.propose(lease, _trial(number))
        store.start(lease, number=number, until_epoch=1)
        store.settle(lease, number=number, report=_report(), state=TrialState.COMPLETE)
    store.enter(lease, Phase.PROVE)
    champion = store.model(tenant=DEFAULT_TENANT, name=name).champion
    store.decide(
        lease,
        decision=Decision(outcome=Outcome.PROMOTE if promotes else Outcome.KEEP, reason="measured"),
        proof=_proof(),
        artifact="",
        digest="",
        lineage={},
        against=None if champion is None else champion.id,
    )
    store.finish(lease, JobState.SUCCEEDED, spent_seconds=1.0, outcome={})


def _on_a_daemon(settings: Settings, *, scrapes: int) -> dict[str, Any]:
    begun = time.perf_counter()
    daemon = OwnDaemon(settings.home)
    try:
        url = f"{daemon.client.url}/metrics"
        ready = time.perf_counter()
        first, text = _timed(lambda: _scraped(url))
        while "automl_tl_trials_total" not in text:
            time.sleep(_PAUSE_SECONDS)
            text = _scraped(url)
        counted = time.perf_counter() - ready
        times = []
        for _ in range(scrapes):
            time.sleep(_PAUSE_SECONDS)
            seconds, text = _timed(lambda: _scraped(url))
            times.append(1000 * seconds)
    finally:
        daemon.stop()
    return {
        "ready_after_seconds": ready - begun,
        "counted_after_seconds": counted,
        "first_scrape_milliseconds": 1000 * first,
        "scrape_milliseconds_median": statistics.median(times),
        "scrape_milliseconds_longest": max(times),
        "series": sum(not line.startswith("#") for line in text.splitlines()),
        "kilobytes": len(text) / 1000,
    }


def _scraped(url: str) -> str:
    with urllib.request.urlopen(url) as answer:
        return str(answer.read().decode())


def _timed(call: Callable[[], str]) -> tuple[float, str]:
    begun = time.perf_counter()
    found = call()
    return time.perf_counter() - begun, found


def _request(name: str) -> JobRequest:
    return JobRequest(name=name, dataset=DatasetSource(path="/none"), space=SPACE, budget=Budget(trials=2))


def _trial(number: int) -> Trial:
    configuration = Configuration(
        candidate="alpha",
        freeze_depth=1,
        learning_rate=1e-3,
        head_learning_rate=1e-3,
        weight_decay=0.0,
        augmentation=0.0,
    )
    return Trial(number=number, seed=number, configuration=configuration)


def _report() -> Report:
    return Report(
        epoch=1, value=_CHALLENGER, loss=0.1, checkpoint="checkpoints/1", seconds=0.1, multiply_adds=1000
    )


def _proof() -> Proof:
    values = {"challenger": _CHALLENGER, "majority": _MAJORITY}
    return Proof(
        metric="accuracy",
        samples=100,
        opening=1,
        alpha=0.05,
        values=values,
        intervals={name: Interval(low=value - 0.05, high=value + 0.05) for name, value in values.items()},
        gains=(Gain(over="majority", mean=_CHALLENGER - _MAJORITY, interval=Interval(low=0.3, high=0.5)),),
    )
