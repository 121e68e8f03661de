"""``bench fairness``: the jobs of several tenants are claimed one by one, beside the rule of their order."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from automl_tl.bench.flooded_store import at_once, request
from automl_tl.domain.job import JobState
from automl_tl.domain.queue import Queue, Waiting
from automl_tl.domain.queue_order import GUARANTEED, Line
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.upkeep.temporary import temporary_folder
from automl_tl.wiring.adapters import store_of

_PRIORITIES = (0, 0, 0, 1, 5)
_URGENT = 9  # all of the first tenant's, which would starve the others if priority were everything


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """Every claim: the job it took, and how long it took in seconds."""

    jobs: tuple[str, ...]
    seconds: tuple[float, ...]


def run(*, tenants: int, jobs: int, seed: int = 0) -> dict[str, Any]:
    """Each tenant queues so many jobs, the first one only urgent ones, and one runner takes them all."""
    with temporary_folder("automl-tl-bench-") as folder:
        store = store_of(Settings(home=folder))
        try:
            _fill(store, tenants=tenants, jobs=jobs, seed=seed)
            queue = store.queue()
            assert queue is not None
            claimed = _claim_all(store)
        finally:
            store.close()
    return _figures(queue, claimed)


def _fill(store: Store, *, tenants: int, jobs: int, seed: int) -> None:
    chance = Random(seed)  # nothing secret
    wanted = [
        (f"tenant-{tenant}", chance.choice(_PRIORITIES) if tenant else _URGENT)
        for tenant in range(tenants)
        for _ in range(jobs)
    ]
    chance.shuffle(wanted)
    at_once(lambda n: store.add_job(request(priority=wanted[n][1]), tenant=wanted[n][0]), range(len(wanted)))


def _claim_all(store: Store) -> Claimed:
    jobs: list[str] = []
    seconds: list[float] = []
    while True:
        begun = time.perf_counter()
        lease = store.claim(holder="bench", lease_seconds=3600)
        if lease is None:
            return Claimed(jobs=tuple(jobs), seconds=tuple(seconds))
        jobs.append(lease.job)
        seconds.append(time.perf_counter() - begun)
        store.finish(lease, JobState.SUCCEEDED, spent_seconds=0.0)


def rule(queue: Queue) -> tuple[str, ...]:
    """The order that the rule says."""
    line, order = Line(queue), []
    while (job := line.take()) is not None:
        line.end(job.tenant)
        order.append(job.job)
    return tuple(order)


def longest_wait(queue: Queue, order: Sequence[str], *, tenant: str) -> int:
    """The most claims in a row that went to others while that tenant's jobs waited."""
    own = {job.job for job in queue.waiting if job.tenant == tenant}
    places = [number for number, job in enumerate(order, start=1) if job in own]
    return max(after - before for before, after in zip([0, *places], places, strict=False)) - 1


def _figures(queue: Queue, claimed: Claimed) -> dict[str, Any]:
    order = rule(queue)
    tenants = sorted({job.tenant for job in queue.waiting})
    by_id = {job.job: job for job in queue.waiting}
    found = {
        "jobs": len(queue.waiting),
        "claimed": len(claimed.jobs),
        "claims_against_the_rule": sum(a != b for a, b in zip(order, claimed.jobs, strict=False))
        + abs(len(order) - len(claimed.jobs)),
        "most_claims_a_tenant_waited": {
            tenant: longest_wait(queue, claimed.jobs, tenant=tenant) for tenant in tenants
        },
        "most_that_the_rule_allows": GUARANTEED * len(tenants),
        "claim_milliseconds_median": 1000 * statistics.median(claimed.seconds),
        "claim_milliseconds_p99": 1000 * statistics.quantiles(claimed.seconds, n=100)[-1],
    }
    return {**found, "table": _table(found, [by_id[job] for job in claimed.jobs])}


def _table(found: dict[str, Any], order: Sequence[Waiting]) -> str:
    lines = [f"{'tenant':<12} {'jobs':>6} {'first':>7} {'median':>7} {'last':>7} {'longest wait':>13}"]
    for tenant, wait in found["most_claims_a_tenant_waited"].items():
        places = [number for number, job in enumerate(order, start=1) if job.tenant == tenant]
        middle = statistics.median(places)
        lines.append(
            f"{tenant:<12} {len(places):>6} {places[0]:>7} {middle:>7.0f} {places[-1]:>7} {wait:>13}"
        )
    lines.append(
        f"{found['claimed']} of {found['jobs']} jobs claimed, {found['claims_against_the_rule']} against the "
        f"rule; at most {found['most_that_the_rule_allows']} claims between two turns of a tenant; "
        f"a claim took {found['claim_milliseconds_median']:.2f} ms (median), "
        f"{found['claim_milliseconds_p99']:.2f} ms (p99)"
    )
    return "\n".join(lines)
