"""The search lets as much train at once as fits into memory."""

import threading
from concurrent.futures import Future
from dataclasses import replace

import pytest
from numbers_desk import NumbersDesk

from automl_tl.bench.numbers import NumbersWorker
from automl_tl.domain.work import Evaluate, Result, Scored, Work
from automl_tl.executors.base import Worker
from automl_tl.executors.inline import InlineExecutor
from automl_tl.settings import Settings
from automl_tl.store.base import Store

PROBE = 4  # stages of the nets of numbers


class CrowdWorker(NumbersWorker):
    """Notes how many evaluations train more than a head at once; their training wants ``wanted`` bytes."""

    def __init__(self, *, wanted: int | None) -> None:
        self.most = 0
        self._wanted = wanted
        self._running = 0
        self._change = threading.Condition()

    def perform(self, work: Work) -> Result:
        result = super().perform(work)
        if isinstance(result, Scored):
            return replace(result, facts=replace(result.facts, training_bytes=self._wanted))
        if isinstance(work, Evaluate) and work.configuration.freeze_depth < PROBE:
            self._train()
        return result

    def _train(self) -> None:
        with self._change:
            self._running += 1
            self.most = max(self.most, self._running)
            self._change.notify_all()
            self._change.wait_for(lambda: self._running > 1, timeout=0.05)  # for company
            self._running -= 1


class TwoThreads:
    """Two workers in this process."""

    slots, cards = 2, 0

    def __init__(self, worker: Worker) -> None:
        self._executors = [InlineExecutor(worker), InlineExecutor(worker)]
        self._futures: list[list[Future[Result]]] = [[], []]

    def submit(self, work: Work) -> Future[Result]:
        idle = min((0, 1), key=lambda n: sum(not future.done() for future in self._futures[n]))
        self._futures[idle].append(self._executors[idle].submit(work))
        return self._futures[idle][-1]

    def kill(self, future: Future[Result]) -> None:
        raise NotImplementedError

    def close(self) -> None:
        for executor in self._executors:
            executor.close()


@pytest.mark.parametrize(("wanted", "most"), [(2**60, 1), (2**10, 2)])
def test_as_many_train_at_once_as_fit_into_memory(
    store: Store, settings: Settings, wanted: int, most: int
) -> None:
    worker = CrowdWorker(wanted=wanted)
    executor = TwoThreads(worker)
    job = NumbersDesk(store=store, settings=settings, executor=executor, trials=12)

    job.loop().run()

    executor.close()
    assert worker.most == most
    assert sum(bool(t.reports) for t in store.trials(job.lease.job)) == 12
