"""``bench memory``: what a long search holds in memory: its runner, and the daemon that watches it."""

import threading
import urllib.request
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from automl_tl.bench.overhead import search, warm_executor
from automl_tl.client.client import Client
from automl_tl.client.own_daemon import OwnDaemon
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.upkeep.temporary import temporary_folder
from automl_tl.wiring.adapters import store_of

_LOOK_SECONDS = 0.5
_MEGABYTE = 2**20
_TENTHS = (1, 5, 10)  # of the search, at whose ends memory is told


def run(*, trials: int, workers: int) -> dict[str, Any]:
    """Search in this process, as a runner does, with a daemon on the same home that is asked all the while.

    The daemon answers for its metrics, its page of jobs and the job's trials twice a second.
    """
    with temporary_folder("automl-tl-bench-") as folder:
        settings = Settings(home=Path(folder), registry="folder", workers=workers)
        store = store_of(settings)
        daemon = OwnDaemon(settings.home)
        try:
            with warm_executor("ray", settings) as executor, _Watch(daemon, store) as watch:
                search(store, settings, executor, trials=trials)
        finally:
            daemon.stop()
            store.close()
    return _figures(watch.looks, trials=trials)


class _Watch:
    """Asks and looks until the end; ``looks`` are (trials so far, bytes of runner, bytes of daemon)."""

    def __init__(self, daemon: OwnDaemon, store: Store) -> None:
        self.looks: list[tuple[int, int, int]] = []
        self._runner, self._daemon = psutil.Process(), psutil.Process(daemon.pid)
        self._client = daemon.client
        self._store = store
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on)

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look_on(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            trials = _ask(self._client)
            self.looks.append((trials, self._runner.memory_info().rss, self._daemon.memory_info().rss))


def _ask(client: Client) -> int:
    """Look at everything a person looks at; how many trials there are."""
    with urllib.request.urlopen(f"{client.url}/metrics") as answer:
        answer.read()
    jobs = client.jobs()["jobs"]
    assert isinstance(jobs, list)
    return max((_trials(client, str(job["job"])) for job in jobs), default=0)


def _trials(client: Client, job: str) -> int:
    found = client.trials(job)["trials"]
    assert isinstance(found, list)
    return len(found)


def _figures(looks: list[tuple[int, int, int]], *, trials: int) -> dict[str, Any]:
    found: dict[str, Any] = {"trials": trials, "looks": len(looks)}
    for who, column in (("runner", 1), ("daemon", 2)):
        for tenth in _TENTHS:
            low, high = (tenth - 1) * trials / 10, tenth * trials / 10
            seen = [look[column] for look in looks if low < look[0] <= high]
            found[f"{who}_megabytes_at_{tenth}0_percent"] = median(seen) / _MEGABYTE if seen else None
    lines = [f"{key:<34} {'–' if value is None else f'{value:.1f}':>10}" for key, value in found.items()]
    return {**found, "table": "\n".join(lines)}
