"""``bench start-up``: how long a daemon takes to be ready on a store with many finished jobs, and on none."""

import statistics
import time
from pathlib import Path
from typing import Any

from automl_tl.bench.flooded_store import add_finished
from automl_tl.client.own_daemon import OwnDaemon
from automl_tl.settings import Settings
from automl_tl.upkeep.temporary import temporary_folder
from automl_tl.wiring.adapters import store_of

_TARGET = 3.0


def run(*, jobs: int, starts: int) -> dict[str, Any]:
    """Start so many times on each, in turn, from the command to the first ``/readyz`` that answers."""
    with temporary_folder("automl-tl-bench-") as folder:
        full, empty = folder / "full", folder / "empty"
        for home, count in ((full, jobs), (empty, 0)):
            store = store_of(Settings(home=home))
            add_finished(store, count=count)
            store.close()
        taken = [(_start(full), _start(empty)) for _ in range(starts)]
    seconds = statistics.median(with_jobs for with_jobs, _ in taken)
    control = statistics.median(without for _, without in taken)
    found = {
        "jobs": jobs,
        "starts": starts,
        "ready_seconds": seconds,
        "ready_seconds_without_jobs": control,
        "ready_seconds_at_most": _TARGET,
    }
    lines = [f"{key:<28} {value:>9.2f}" for key, value in found.items()]
    return {**found, "reached": seconds <= _TARGET, "table": "\n".join(lines)}


def _start(home: Path) -> float:
    begun = time.perf_counter()
    daemon = OwnDaemon(home)
    seconds = time.perf_counter() - begun
    daemon.stop()
    return seconds
