"""``bench idle``: how long workers wait for their next evaluation, where each takes one second."""

import json
import os
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from automl_tl.bench.numbers import NumbersWorker
from automl_tl.bench.overhead import search, warm_executor
from automl_tl.domain.work import Evaluate, Result, Work
from automl_tl.executors.base import Executor
from automl_tl.settings import Settings
from automl_tl.upkeep.temporary import temporary_folder
from automl_tl.wiring.adapters import store_of

SECONDS = 1.0
_BUILDER = "automl_tl.bench.idle:build"
_TURNS = "turns"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One evaluation in a worker, in seconds of the machine's monotonic clock."""

    begun: float
    ended: float


class TimedWorker(NumbersWorker):
    """Computes numbers, and keeps its core busy until ``seconds`` have passed, as training does.

    Turns are noted in the job's folder, a file a worker.
    """

    def __init__(self, *, seconds: float, number: int) -> None:
        self._seconds = seconds
        self._number = number

    def perform(self, work: Work) -> Result:
        """As numbers are computed; an evaluation takes its time."""
        begun = time.monotonic()
        result = super().perform(work)
        if isinstance(work, Evaluate):
            while time.monotonic() < begun + self._seconds:
                pass
            self._note(Path(work.into).parents[1] / _TURNS, Turn(begun=begun, ended=time.monotonic()))
        return result

    def _note(self, folder: Path, turn: Turn) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{self._number}.jsonl").open("a") as file:
            file.write(json.dumps([turn.begun, turn.ended]) + "\n")


def build(settings: Settings) -> TimedWorker:
    """What an executor calls inside each worker process."""
    return TimedWorker(seconds=SECONDS, number=os.getpid())


def run(*, trials: int, workers: int) -> dict[str, Any]:
    """Search on warm Ray workers with the loop, the store and the durability as shipped."""
    with temporary_folder("automl-tl-bench-") as folder:
        settings = Settings(home=Path(folder), registry="folder", workers=workers)
        with warm_executor("ray", settings, builder=_BUILDER) as warm:
            return measured(warm, settings, trials=trials)


def measured(executor: Executor, settings: Settings, *, trials: int) -> dict[str, Any]:
    """One search of so many trials, and how its workers spent their time."""
    store = store_of(settings)
    try:
        job, _ = search(store, settings, executor, trials=trials)
    finally:
        store.close()
    return figures(_read(settings.folders.job(job) / _TURNS))


def figures(turns: Mapping[str, Sequence[Turn]]) -> dict[str, Any]:
    """What share of the time between its first and its last evaluation a worker had none.

    The end of the search, when nothing is left to begin, is told apart: nobody can fill it.
    """
    gaps = [after.begun - before.ended for of_one in turns.values() for before, after in pairwise(of_one)]
    spans = [of_one[-1].ended - of_one[0].begun for of_one in turns.values()]
    ends = [of_one[-1].ended for of_one in turns.values()]
    found = {
        "workers": len(turns),
        "evaluations": sum(map(len, turns.values())),
        "worker_seconds": sum(spans),
        "idle_percent": 100 * sum(gaps) / sum(spans),
        "gap_milliseconds_median": 1000 * statistics.median(gaps),
        "gap_milliseconds_longest": 1000 * max(gaps),
        "seconds_idle_at_the_end": sum(max(ends) - end for end in ends),
    }
    lines = [f"{key:<28} {value:>10.3f}" for key, value in found.items()]
    return {**found, "table": "\n".join(lines)}


def _read(folder: Path) -> dict[str, list[Turn]]:
    lines = {path.stem: path.read_text().splitlines() for path in sorted(folder.iterdir())}
    return {
        worker: [Turn(begun=begun, ended=ended) for begun, ended in map(json.loads, of_one)]
        for worker, of_one in lines.items()
    }
