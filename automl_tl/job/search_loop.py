"""The search phase: keep every slot busy with what the strategy wants next, and settle what comes back."""

import logging
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from pathlib import Path

from automl_tl.domain.job import Wish
from automl_tl.domain.trial import Report, Trial, TrialState
from automl_tl.domain.work import Result
from automl_tl.errors import AutomlError, DiskFull, JobFailed, OutOfTime, Stopped, TrialFailed, WorkerLost
from automl_tl.executors.machine import free_bytes
from automl_tl.executors.progress import Progress
from automl_tl.job.desk import POLL_SECONDS, Desk, Yielded
from automl_tl.job.packing import Packing
from automl_tl.job.study import Study
from automl_tl.job.tracebacks import keep_traceback, traceback_file
from automl_tl.job.understood import understood
from automl_tl.search.base import Finish, Propose, Run

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """One evaluation under way."""

    number: int
    progress: Path


class SearchLoop:
    """One job's search: the strategy decides."""

    def __init__(self, desk: Desk, study: Study) -> None:
        self._desk = desk
        self._study = study
        self._flights: dict[Future[Result], Flight] = {}
        self._looked = desk.clock()
        self._gives_way = False
        self._packing = Packing.of(study.context().facts, cards=desk.executor.cards, free_bytes=free_bytes())

    def run(self) -> str:
        """Search until the strategy finishes; why it did, in one clause."""
        if (reason := self._study.finished()) is not None:
            self._study.close()
            return reason
        try:
            self._take_up()
            while (reason := self._fill()) is None or self._flights:
                if not self._flights:
                    self._give_way()
                    raise JobFailed("the search waits although nothing runs")
                self._look_around()
                self._propose_ahead()
                self._settle_next()
        except Stopped:
            self._stop_flights()
            raise
        self._study.finish(reason)
        self._study.close()
        return reason

    def _take_up(self) -> None:
        """Do what an earlier runner was about to do when it ended."""
        self._study.sweep()
        for epoch in sorted({t.epoch for t in self._study.trials if t.state is TrialState.WAITING}):
            self._study.prune_weak(epoch=epoch)
        for trial in self._study.trials:
            if trial.state is TrialState.RUNNING:
                self._submit(trial)

    def _fill(self) -> str | None:
        """Start what the strategy wants while a slot is free; the reason once it is finished."""
        while len(self._flights) < self._desk.executor.slots and not self._gives_way:
            step = self._desk.strategy.step(self._study.context())
            if isinstance(step, Run):
                if not self._fits(self._study.trial(step.number)):
                    return None
                self._submit(self._study.start(step.number, until_epoch=step.until_epoch))
            elif isinstance(step, Propose):
                self._propose()
            elif isinstance(step, Finish):
                return step.reason
            else:
                return None
        return None

    def _give_way(self) -> None:
        """Every evaluation has come to its rung: nothing is lost by going on later."""
        if self._gives_way:
            raise Yielded("it gave way to a more urgent job")

    def _fits(self, trial: Trial) -> bool:
        """Whether there is memory for it beside what runs; else its slot waits."""
        beside = [self._study.trial(flight.number).configuration for flight in self._flights.values()]
        return self._packing.takes(trial.configuration, beside=beside)

    def _propose(self) -> None:
        self._study.propose(self._desk.strategy.propose(self._study.context()))

    def _propose_ahead(self) -> None:
        # While work runs, the next proposal is made and saved: sampling costs no worker's time, and since no
        # report is settled before that, a run that was killed proposes the same again.
        if not self._flights or self._study.standings.unbegun:
            return
        if isinstance(self._desk.strategy.step(self._study.context()), Propose):
            self._propose()

    def _submit(self, trial: Trial) -> None:
        work = self._study.work(trial)
        assert work.progress is not None
        Path(work.progress).unlink(missing_ok=True)  # a stop wished of an earlier attempt is void
        flight = Flight(number=trial.number, progress=Path(work.progress))
        self._flights[self._desk.executor.submit(work)] = flight

    def _settle_next(self) -> None:
        done, _ = wait(self._flights, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
        for future in sorted(done, key=lambda future: self._flights[future].number):
            flight = self._flights.pop(future)
            self._settle(self._study.trial(flight.number), future)

    def _look_around(self) -> None:
        """See to wishes and stalled workers; not after every trial, for short ones outrun any wish."""
        if self._desk.clock() - self._looked >= POLL_SECONDS / 2:
            self._looked = self._desk.clock()
            self._gives_way = self._desk.obey() is Wish.YIELD
            self._kill_stalled()

    def _settle(self, trial: Trial, future: Future[Result]) -> None:
        try:
            report = future.result()
        except WorkerLost as loss:
            self._repeat(trial, loss)
        except OutOfTime as passed:
            state = TrialState.PRUNED if trial.reports else TrialState.CANCELLED
            self._study.end((trial.number,), state, failure=str(passed))
        except TrialFailed as failure:
            self._fail(trial, str(failure), failure)
        except (AutomlError, OSError):  # the machine's, or a person's: no fault of the trial
            raise
        except Exception as error:  # a poisoned trial fails alone
            if isinstance(problem := understood(error), DiskFull):
                raise problem from error
            self._fail(trial, f"{type(error).__name__}: {error}", error)
        else:
            assert isinstance(report, Report)
            self._study.report(trial, report)
            self._study.prune_weak(epoch=report.epoch)

    def _fail(self, trial: Trial, reason: str, error: Exception) -> None:
        keep_traceback(traceback_file(self._desk.folder, trial.number), error)
        self._study.fail(trial, reason)

    def _repeat(self, trial: Trial, loss: WorkerLost) -> None:
        attempts = self._desk.store.repeat(self._desk.lease, number=trial.number, reason=str(loss))
        if attempts >= self._desk.settings.attempts_per_trial:
            self._fail(trial, f"its worker was lost {attempts} times: {loss}", loss)
        else:
            self._submit(trial)

    def _kill_stalled(self) -> None:
        for future, flight in self._flights.items():
            if not future.done() and self._desk.is_stalled(flight.progress):
                _log.warning("worker stalled", extra={"job": self._desk.job.id, "trial": flight.number})
                self._desk.executor.kill(future)

    def _stop_flights(self) -> None:
        for flight in self._flights.values():
            progress = Progress(flight.progress)
            progress.stop()
            progress.close()
        wait(self._flights, timeout=self._desk.settings.stop_seconds)
