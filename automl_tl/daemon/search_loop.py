"""The search phase: keep every slot busy with what the strategy wants next, and settle what comes back."""

import logging
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from pathlib import Path

from automl_tl.daemon.desk import POLL_SECONDS, Desk
from automl_tl.daemon.retention import FINALISTS, Checkpoints, next_checkpoint, weak
from automl_tl.domain import rungs
from automl_tl.domain.candidate import CandidateFacts
from automl_tl.domain.failures import common
from automl_tl.domain.measurement import Measurement
from automl_tl.domain.trial import Report, Trial, TrialState
from automl_tl.domain.work import Evaluate, Result
from automl_tl.errors import JobFailed, OutOfTime, Stopped, TrialFailed, WorkerLost
from automl_tl.executors.progress import Progress
from automl_tl.search.base import Context, Finish, Propose, Run

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """One evaluation under way."""

    number: int
    progress: Path


class SearchLoop:
    """One job's search; its trials in memory are a copy of the store's rows."""

    def __init__(self, desk: Desk, *, facts: Mapping[str, CandidateFacts], manifest: Path) -> None:
        self._desk = desk
        self._facts = facts
        self._manifest = manifest
        self._trials = {trial.number: trial for trial in desk.store.trials(desk.job.id)}
        self._standings = rungs.Standings(self.trials, rungs.rungs(desk.space.max_epochs))
        self._flights: dict[Future[Result], Flight] = {}
        self._looked = desk.clock()
        self._folder = desk.folder
        self._checkpoints = Checkpoints(desk.folder, self.trials)

    @property
    def trials(self) -> tuple[Trial, ...]:
        """All trials so far, by number."""
        return tuple(self._trials.values())

    def run(self) -> str:
        """Search until the strategy finishes; why it did, in one clause."""
        if (reason := self._finished()) is not None:
            self._close_open_trials()
            return reason
        try:
            self._take_up()
            while (reason := self._fill()) is None or self._flights:
                if not self._flights:
                    raise JobFailed("the search waits although nothing runs")
                self._look_around()
                self._propose_ahead()
                self._settle_next()
        except Stopped:
            self._stop_flights()
            raise
        finished = Measurement(kind="search", key="finished", value={"reason": reason})
        self._desk.store.measure(self._desk.lease, finished)
        self._close_open_trials()
        return reason

    def _finished(self) -> str | None:
        rows = self._desk.store.measurements(self._desk.job.id)
        return next((str(m.value["reason"]) for m in rows if m.kind == "search"), None)

    def _take_up(self) -> None:
        """Do what an earlier runner was about to do when it ended."""
        self._checkpoints.sweep(self.trials)
        for epoch in sorted({t.epoch for t in self.trials if t.state is TrialState.WAITING}):
            self._prune(epoch=epoch)
        for trial in self.trials:
            if trial.state is TrialState.RUNNING:
                self._submit(trial)

    def _fill(self) -> str | None:
        """Start what the strategy wants while a slot is free; the reason once it is finished."""
        while len(self._flights) < self._desk.executor.slots:
            step = self._desk.strategy.step(self._context())
            if isinstance(step, Run):
                self._start(step)
            elif isinstance(step, Propose):
                self._propose()
            elif isinstance(step, Finish):
                return step.reason
            else:
                return None
        return None

    def _context(self) -> Context:
        return Context(
            space=self._desk.space,
            facts=self._facts,
            trials=self.trials,
            seconds=self._desk.seconds(),
            budget=self._desk.job.request.budget,
            seed=self._desk.job.request.seed,
            slots=self._desk.executor.slots,
            standings=self._standings,
        )

    def _put(self, trial: Trial) -> None:
        self._trials[trial.number] = trial
        self._standings.put(trial)

    def _propose(self) -> None:
        trial = self._desk.strategy.propose(self._context())
        self._desk.store.propose(self._desk.lease, trial)
        self._put(trial)

    def _propose_ahead(self) -> None:
        # While work runs, the next proposal is made and saved: sampling costs no worker's time, and since no
        # report is settled before that, a run that was killed proposes the same again.
        if not self._flights or self._standings.unbegun:
            return
        if isinstance(self._desk.strategy.step(self._context()), Propose):
            self._propose()

    def _start(self, step: Run) -> None:
        trial = replace(self._trials[step.number], state=TrialState.RUNNING, until_epoch=step.until_epoch)
        self._desk.store.start(self._desk.lease, number=step.number, until_epoch=step.until_epoch)
        self._put(trial)
        self._submit(trial)

    def _submit(self, trial: Trial) -> None:
        work = self._work(trial)
        assert work.progress is not None
        Path(work.progress).unlink(missing_ok=True)  # a stop wished of an earlier attempt is void
        flight = Flight(number=trial.number, progress=Path(work.progress))
        self._flights[self._desk.executor.submit(work)] = flight

    def _work(self, trial: Trial) -> Evaluate:
        folder = self._folder
        return Evaluate(
            trial=trial.number,
            seed=trial.seed,
            candidate=self._desk.space.candidate(trial.configuration.candidate),
            configuration=trial.configuration,
            manifest=str(self._manifest),
            metric=self._desk.job.request.metric,
            until_epoch=trial.until_epoch,
            cycles=rungs.rungs(self._desk.space.max_epochs),
            into=str(folder / next_checkpoint(trial)),
            checkpoint=None if trial.report is None else str(folder / trial.report.checkpoint),
            deadline_seconds=self._desk.strategy.seconds_left(self._context()),
            progress=str(folder / "progress" / str(trial.number)),
        )

    def _settle_next(self) -> None:
        done, _ = wait(self._flights, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
        for future in sorted(done, key=lambda future: self._flights[future].number):
            flight = self._flights.pop(future)
            self._settle(self._trials[flight.number], future)

    def _look_around(self) -> None:
        """See to wishes and stalled workers; not after every trial, for short ones outrun any wish."""
        if self._desk.clock() - self._looked >= POLL_SECONDS / 2:
            self._looked = self._desk.clock()
            self._desk.obey()
            self._kill_stalled()

    def _settle(self, trial: Trial, future: Future[Result]) -> None:
        try:
            report = future.result()
        except WorkerLost as loss:
            self._repeat(trial, loss)
        except OutOfTime as passed:
            state = TrialState.PRUNED if trial.reports else TrialState.CANCELLED
            self._end((trial.number,), state, failure=str(passed))
        except TrialFailed as failure:
            self._fail(trial, str(failure))
        else:
            assert isinstance(report, Report)
            self._keep(trial, report)

    def _keep(self, trial: Trial, report: Report) -> None:
        is_final = report.epoch >= self._desk.space.max_epochs
        state = TrialState.COMPLETE if is_final else TrialState.WAITING
        report = replace(report, checkpoint=str(Path(report.checkpoint).relative_to(self._folder)))
        self._desk.store.settle(self._desk.lease, number=trial.number, report=report, state=state)
        if report.epoch > trial.epoch:
            self._checkpoints.outgrown(trial)
            trial = replace(trial, reports=(*trial.reports, report))
        trial = replace(trial, state=state)
        self._put(trial)
        if is_final:
            self._checkpoints.ended((trial,))
        found = {"trial": trial.number, "epoch": report.epoch, "value": round(report.value, 4)}
        _log.info("trial reported", extra={"job": self._desk.job.id, **found})
        self._prune(epoch=report.epoch)

    def _prune(self, *, epoch: int) -> None:
        pruned = weak(self._standings, epoch=epoch)
        if pruned:
            self._end(pruned, TrialState.PRUNED)

    def _repeat(self, trial: Trial, loss: WorkerLost) -> None:
        attempts = self._desk.store.repeat(self._desk.lease, number=trial.number, reason=str(loss))
        if attempts >= self._desk.settings.attempts_per_trial:
            self._fail(trial, f"its worker was lost {attempts} times: {loss}")
        else:
            self._submit(trial)

    def _fail(self, trial: Trial, reason: str) -> None:
        _log.warning("trial failed", extra={"job": self._desk.job.id, "trial": trial.number, "why": reason})
        self._end((trial.number,), TrialState.FAILED, failure=reason)
        failures = [t.failure or "" for t in self.trials if t.state is TrialState.FAILED]
        if len(failures) >= self._desk.settings.max_failed_trials:
            raise JobFailed(f"{len(failures)} trials failed: {common(failures)}")

    def _end(self, numbers: tuple[int, ...], state: TrialState, *, failure: str | None = None) -> None:
        self._desk.store.end(self._desk.lease, numbers=numbers, state=state, failure=failure)
        for number in numbers:
            self._put(replace(self._trials[number], state=state, failure=failure))
        self._checkpoints.ended([self._trials[number] for number in numbers])

    def _kill_stalled(self) -> None:
        for future, flight in self._flights.items():
            if not flight.progress.exists() or future.done():
                continue
            progress = Progress(flight.progress)
            silence = self._desk.clock() - progress.steps().told
            progress.close()
            if silence > self._desk.settings.stall_seconds:
                _log.warning("worker stalled", extra={"job": self._desk.job.id, "trial": flight.number})
                self._desk.executor.kill(future)

    def _stop_flights(self) -> None:
        for flight in self._flights.values():
            progress = Progress(flight.progress)
            progress.stop()
            progress.close()
        wait(self._flights, timeout=self._desk.settings.stop_seconds)

    def _close_open_trials(self) -> None:
        best = {trial.number for trial in rungs.finalists(self.trials, FINALISTS)}
        for state, numbers in (
            (TrialState.CANCELLED, self._numbers(TrialState.PROPOSED)),
            (TrialState.COMPLETE, tuple(n for n in self._numbers(TrialState.WAITING) if n in best)),
            (TrialState.PRUNED, tuple(n for n in self._numbers(TrialState.WAITING) if n not in best)),
        ):
            if numbers:
                self._end(numbers, state)
        failures = [t.failure or "" for t in self.trials if t.state is TrialState.FAILED]
        if not any(trial.reports for trial in self.trials):
            why = common(failures) or f"the budget is too small: {self._desk.seconds():.0f} s had passed"
            raise JobFailed(f"no trial could be trained: {why}")

    def _numbers(self, state: TrialState) -> tuple[int, ...]:
        return tuple(trial.number for trial in self.trials if trial.state is state)
