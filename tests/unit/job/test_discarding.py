"""A discarded job keeps nothing of what it found."""

import time

import pytest
from numbers_desk import NumbersDesk

from automl_tl.bench.numbers import NumbersWorker
from automl_tl.domain.job import JobState, Wish
from automl_tl.domain.work import Evaluate, Result, Work
from automl_tl.executors.inline import InlineExecutor
from automl_tl.job.runner import Runner
from automl_tl.search.funnel import Funnel
from automl_tl.search.space_file import read_space
from automl_tl.settings import Settings
from automl_tl.store.base import Store


class Wishing(NumbersWorker):
    """Something is wished of its job during its third evaluation; each takes a second of ``clock``."""

    def __init__(self, store: Store, wish: Wish) -> None:
        self.evaluations = 0
        self._store = store
        self._wish = wish

    def clock(self) -> float:
        return time.monotonic() + self.evaluations

    def perform(self, work: Work) -> Result:
        if isinstance(work, Evaluate):
            self.evaluations += 1
            if self.evaluations == 3:
                self._store.wish(self._store.jobs()[0].id, self._wish)
        return super().perform(work)


@pytest.mark.parametrize(("wish", "is_kept"), [(Wish.CANCEL, True), (Wish.DISCARD, False)])
def test_the_best_so_far_of_a_cancelled_job_stays_unless_it_is_discarded(
    store: Store, settings: Settings, wish: Wish, is_kept: bool
) -> None:
    worker = Wishing(store, wish)
    job = NumbersDesk(store=store, settings=settings, worker=worker)
    runner = Runner(
        store=store,
        executor=InlineExecutor(worker, threads=0),
        settings=settings,
        read_space=lambda text, root: read_space(text, root=root),
        strategy=lambda _: Funnel(),
        reconcile=lambda: None,
        clock=worker.clock,
    )

    state = runner.run(job.lease, claimed=time.monotonic())

    ended = store.job(job.lease.job)
    assert state is JobState.CANCELLED
    assert ended.outcome is not None
    assert ("trial" in ended.outcome, ended.swept is None) == (is_kept, is_kept)
    assert (settings.folders.job(ended.id) / "checkpoints").exists() is is_kept
