"""Work outside the search is watched by its steps too."""

import time
from pathlib import Path

from numbers_desk import NumbersDesk
from patience import until

from automl_tl.bench.numbers import NumbersWorker
from automl_tl.domain.trial import Report
from automl_tl.domain.work import Evaluate, Result, Work
from automl_tl.executors.progress import Progress
from automl_tl.job.study import Study
from automl_tl.settings import Settings
from automl_tl.store.base import Store


class HangingOnce(NumbersWorker):
    """Tells one step of its first evaluation and hangs until it is given up; ``clock`` jumps meanwhile."""

    def __init__(self) -> None:
        self.evaluations = 0
        self._is_hanging = False

    def clock(self) -> float:
        return time.monotonic() + (3600.0 if self._is_hanging else 0.0)

    def perform(self, work: Work) -> Result:
        if isinstance(work, Evaluate):
            self.evaluations += 1
            if self.evaluations == 1:
                assert work.progress is not None
                progress = Progress(Path(work.progress))
                progress.tell(done=1, total=9)
                self._is_hanging = True
                until(lambda: progress._map[24] != 0, what="being given up")
                self._is_hanging = False
        return super().perform(work)


def test_an_evaluation_that_stops_telling_steps_is_repeated(store: Store, settings: Settings) -> None:
    worker = HangingOnce()
    job = NumbersDesk(store=store, settings=settings, worker=worker, threads=1, clock=worker.clock)
    job.loop()
    study: Study = job.study
    proposed = job.desk.strategy.propose(study.context())
    study.propose(proposed)

    report = job.desk.carry_out(study.work(study.start(proposed.number, until_epoch=1)))

    assert isinstance(report, Report) and report.epoch == 1
    assert worker.evaluations == 2
