"""Work outside the search is watched by its steps too."""

import time
from pathlib import Path

import pytest
from numbers_desk import NumbersDesk
from patience import until

from automl_tl.bench.numbers import NumbersWorker
from automl_tl.domain.dataset import Split
from automl_tl.domain.trial import Report
from automl_tl.domain.work import Contender, Describe, Evaluate, Prove, Result, Score, Work
from automl_tl.errors import WorkerLost
from automl_tl.executors.progress import Progress
from automl_tl.job.checking import check
from automl_tl.job.readings import Readings
from automl_tl.job.scoring import facts_of
from automl_tl.job.study import Study
from automl_tl.job.tracebacks import stage_file
from automl_tl.settings import Settings
from automl_tl.store.base import Store


class Hanging(NumbersWorker):
    """Tells one step of its first works of a kind, then hangs until given up; ``clock`` jumps meanwhile."""

    def __init__(self, kind: type[Work], *, times: int = 1) -> None:
        self.begun = 0
        self._kind = kind
        self._times = times
        self._is_hanging = False

    def clock(self) -> float:
        return time.monotonic() + (3600.0 if self._is_hanging else 0.0)

    def perform(self, work: Work) -> Result:
        if isinstance(work, self._kind):
            self.begun += 1
            if self.begun <= self._times:
                assert work.progress is not None
                progress = Progress(Path(work.progress))
                progress.tell(done=1, total=9)
                self._is_hanging = True
                until(lambda: progress._map[24] != 0, what="being given up")
                self._is_hanging = False
        return super().perform(work)


def test_an_evaluation_that_stops_telling_steps_is_repeated(store: Store, settings: Settings) -> None:
    worker = Hanging(Evaluate)
    job = NumbersDesk(store=store, settings=settings, worker=worker, threads=1, clock=worker.clock)
    job.loop()
    study: Study = job.study
    proposed = job.desk.strategy.propose(study.context())
    study.propose(proposed)

    report = job.desk.carry_out(study.work(study.start(proposed.number, until_epoch=1)))

    assert isinstance(report, Report) and report.epoch == 1
    assert worker.begun == 2


@pytest.mark.parametrize("kind", [Describe, Score])
def test_a_check_or_a_score_that_stops_telling_steps_is_repeated(
    store: Store, settings: Settings, kind: type[Work]
) -> None:
    worker = Hanging(kind)
    job = NumbersDesk(store=store, settings=settings, worker=worker, threads=1, clock=worker.clock)

    job.loop()

    assert set(facts_of(job.desk)) == {"alpha", "beta"}
    assert worker.begun == (2 if kind is Describe else 3)


def test_a_reading_that_stops_telling_steps_is_repeated(store: Store, settings: Settings) -> None:
    worker = Hanging(Prove)
    job = NumbersDesk(store=store, settings=settings, worker=worker, threads=1, clock=worker.clock)
    _, path = check(job.desk)

    (reading,) = Readings(job.desk, path=path).take(Split.TEST, [Contender(name="majority")])

    assert reading.name == "majority"
    assert worker.begun == 2


def test_what_hangs_time_and_again_ends_and_says_which_work_it_was(store: Store, settings: Settings) -> None:
    worker = Hanging(Describe, times=9)
    job = NumbersDesk(store=store, settings=settings, worker=worker, threads=1, clock=worker.clock)

    with pytest.raises(WorkerLost, match=r"the work describe was lost 3 times: .* it made no progress"):
        check(job.desk)

    assert worker.begun == 3
    assert "test_desk.py" in stage_file(job.desk.folder, "describe").read_text()  # where it hung
