"""A store that is filled quickly: many threads share each commit."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from automl_tl.bench.numbers import SPACE
from automl_tl.domain.budget import Budget
from automl_tl.domain.dataset import DatasetSource
from automl_tl.domain.job import DEFAULT_TENANT, JobRequest, JobState
from automl_tl.store.base import Store

_THREADS = 32


def request(name: str = "bench", *, priority: int = 0) -> JobRequest:
    """A job of numbers that nobody runs."""
    return JobRequest(
        name=name,
        dataset=DatasetSource(path="/nowhere"),
        space=SPACE,
        metric="accuracy",
        budget=Budget(trials=5),
        priority=priority,
    )


def at_once(act: Callable[[int], object], numbers: Iterable[int]) -> None:
    """Do it for each number, in many threads; raises what it raises."""
    with ThreadPoolExecutor(_THREADS) as pool:
        for _ in pool.map(act, numbers):
            continue


def add_finished(store: Store, *, count: int) -> None:
    """So many jobs that succeeded, each with the events and the outcome of one."""

    def finish(number: int) -> None:
        lease = store.begin_job(
            request(), tenant=DEFAULT_TENANT, holder=f"bench {number}", lease_seconds=3600
        )
        outcome = {"job": lease.job, "state": "succeeded", "best_so_far": [[n, n / 100] for n in range(40)]}
        store.finish(lease, JobState.SUCCEEDED, spent_seconds=1.0, outcome=outcome)

    at_once(finish, range(count))
