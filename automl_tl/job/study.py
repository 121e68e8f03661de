"""A running search's trials: a copy in memory of the store's rows, and the only way to change both."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from automl_tl.domain import rungs
from automl_tl.domain.dataset import Split
from automl_tl.domain.failures import common
from automl_tl.domain.measurement import Measurement
from automl_tl.domain.metric import Metric
from automl_tl.domain.subsample import subsample_size
from automl_tl.domain.trial import Report, Trial, TrialState
from automl_tl.domain.work import Evaluate
from automl_tl.errors import JobFailed
from automl_tl.job.desk import Desk
from automl_tl.job.orders import Orders
from automl_tl.job.retention import FINALISTS, Checkpoints, weak
from automl_tl.job.shortlisting import Shortlist
from automl_tl.search.base import Context
from automl_tl.search.least import least_of
from automl_tl.search.pace import pace
from automl_tl.search.smallest import quickest_seconds, too_small

BEGUN = "begun"
_log = logging.getLogger(__name__)


class Study:
    """One job's trials. Every method that changes one raises LeaseLost."""

    def __init__(
        self,
        desk: Desk,
        *,
        shortlist: Shortlist,
        manifest: Path,
        counts: Mapping[Split, int] | None = None,
        classes: int = 2,
    ) -> None:
        """``counts`` are the manifest's samples by split, ``classes`` how many it has."""
        self._desk = desk
        self._classes = classes
        self._counts = counts or {}
        self._shortlist = shortlist
        self._manifest = manifest
        self._trials = {trial.number: trial for trial in desk.store.trials(desk.job.id)}
        self._checkpoints = Checkpoints(desk.folder, self.trials)
        self._begun = _begun(desk)
        self.standings = rungs.Standings(self.trials, rungs.rungs(desk.space.max_epochs))

    @property
    def trials(self) -> tuple[Trial, ...]:
        """All trials so far, by number."""
        return tuple(self._trials.values())

    def trial(self, number: int) -> Trial:
        """The trial of that number as it stands."""
        return self._trials[number]

    def numbers(self, state: TrialState) -> tuple[int, ...]:
        """The trials that stand in that state, ascending."""
        return tuple(trial.number for trial in self.trials if trial.state is state)

    def context(self) -> Context:
        """All that a strategy may depend on, as it is now."""
        return Context(
            space=self._desk.space,
            facts=self._shortlist.facts,
            trials=self.trials,
            seconds=self._desk.seconds(),
            budget=self._desk.job.request.budget,
            seed=self._desk.job.request.seed,
            slots=self._desk.executor.slots,
            standings=self.standings,
            scores=self._shortlist.scores,
            belief=self._shortlist.belief,
            counts=self._counts,
            begun=self._begun,
            baseline_seconds=self._desk.baseline_seconds,
            best_value=Metric(self._desk.job.request.metric).best_value,
        )

    def work(self, trial: Trial) -> Evaluate:
        """The evaluation that brings a started trial to the rung it runs to."""
        return self.orders().work(trial, seconds=self._desk.strategy.seconds_left(self.context()))

    def orders(self) -> Orders:
        """What all of the job's evaluations have in common."""
        return Orders(
            space=self._desk.space,
            manifest=str(self._manifest),
            metric=self._desk.job.request.metric,
            folder=self._desk.folder,
            facts=self._shortlist.facts,
        )

    def propose(self, trial: Trial) -> None:
        """Keep a new trial."""
        self._desk.store.propose(self._desk.lease, trial)
        self._put(trial)

    def start(self, number: int, *, until_epoch: int) -> Trial:
        """Write down that the trial runs to that rung, before it does."""
        self._desk.store.start(self._desk.lease, number=number, until_epoch=until_epoch)
        trial = replace(self._trials[number], state=TrialState.RUNNING, until_epoch=until_epoch)
        self._put(trial)
        return trial

    def report(self, trial: Trial, report: Report) -> None:
        """Keep a report and let the checkpoints that it makes needless go; the weak are pruned."""
        is_final = report.epoch >= self._desk.space.max_epochs
        state = TrialState.COMPLETE if is_final else TrialState.WAITING
        report = replace(report, checkpoint=str(Path(report.checkpoint).relative_to(self._desk.folder)))
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

    def prune_weak(self, *, epoch: int) -> None:
        """End the trials waiting at ``epoch`` that can no longer be among those that advance."""
        pruned = weak(self.standings, epoch=epoch)
        if pruned:
            self.end(pruned, TrialState.PRUNED)

    def fail(self, trial: Trial, reason: str) -> None:
        """A trial could not be trained; raises JobFailed once too many could not."""
        _log.warning("trial failed", extra={"job": self._desk.job.id, "trial": trial.number, "why": reason})
        self.end((trial.number,), TrialState.FAILED, failure=reason)
        failures = self._failures()
        if len(failures) >= self._desk.settings.max_failed_trials:
            raise JobFailed(f"{len(failures)} trials failed: {common(failures)}")

    def end(self, numbers: tuple[int, ...], state: TrialState, *, failure: str | None = None) -> None:
        """Prune, fail, complete or cancel trials, and let their checkpoints go."""
        self._desk.store.end(self._desk.lease, numbers=numbers, state=state, failure=failure)
        for number in numbers:
            self._put(replace(self._trials[number], state=state, failure=failure))
        self._checkpoints.ended([self._trials[number] for number in numbers])

    def sweep(self) -> None:
        """Let go of the checkpoints that an earlier runner left and nobody needs."""
        self._checkpoints.sweep(self.trials)

    def finished(self) -> str | None:
        """Why the search was finished, if it was, by an earlier runner perhaps."""
        rows = self._desk.store.measurements(self._desk.job.id)
        return next((str(m.value["reason"]) for m in rows if m.kind == "search"), None)

    def finish(self, reason: str) -> None:
        """Write down that the search is over, why, and the least time in which it could have been (T_min)."""
        value: dict[str, object] = {"reason": reason, "least_seconds": self._least_seconds()}
        found = Measurement(kind="search", key="finished", value=value)
        self._desk.store.measure(self._desk.lease, found)

    def close(self) -> None:
        """End the trials that are still open, the finalists as complete; JobFailed: not one has reported."""
        best = {trial.number for trial in rungs.finalists(self.trials, FINALISTS)}
        waiting = self.numbers(TrialState.WAITING)
        for state, numbers in (
            (TrialState.CANCELLED, self.numbers(TrialState.PROPOSED)),
            (TrialState.COMPLETE, tuple(number for number in waiting if number in best)),
            (TrialState.PRUNED, tuple(number for number in waiting if number not in best)),
        ):
            if numbers:
                self.end(numbers, state)
        if not any(trial.reports for trial in self.trials):
            why = common(self._failures()) or self._too_small()
            raise JobFailed(f"no trial could be trained: {why}")

    def _too_small(self) -> str:
        seconds = self._desk.job.request.budget.seconds
        if seconds is None:
            return f"the budget is too small: {self._desk.seconds():.0f} s had passed"
        known = pace(self.trials, self._shortlist.facts, counts=self._counts)
        quickest = quickest_seconds(self._desk.space, known)
        return too_small(seconds, begun=self._begun, quickest=quickest)

    def _put(self, trial: Trial) -> None:
        self._trials[trial.number] = trial
        self.standings.put(trial)

    def _least_seconds(self) -> float | None:
        known = pace(self.trials, self._shortlist.facts, counts=self._counts)
        slots = self._desk.executor.slots
        return least_of(self.trials, known, probed=subsample_size(self._classes), slots=slots)

    def _failures(self) -> list[str]:
        return [trial.failure or "" for trial in self.trials if trial.state is TrialState.FAILED]


def begun_seconds(desk: Desk) -> float | None:
    """Seconds that the job had taken when its search first began; None: it has not."""
    rows = desk.store.measurements(desk.job.id)
    known = next((m.value["seconds"] for m in rows if m.kind == BEGUN), None)
    return float(known) if isinstance(known, int | float) else None


def _begun(desk: Desk) -> float:
    """The same, written down now where it was not: a resumed job goes by what its first runner knew."""
    known = begun_seconds(desk)
    if known is None:
        known = desk.seconds()
        desk.store.measure(desk.lease, Measurement(kind=BEGUN, key="search", value={"seconds": known}))
    return known
