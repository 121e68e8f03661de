"""The search phase of the strategy ``tune``: Ray Tune decides, and this writes down what it does."""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from automl_tl.domain import rungs
from automl_tl.domain.job import Wish
from automl_tl.domain.space import Range
from automl_tl.domain.trial import Report, Trial, TrialState
from automl_tl.domain.work import Evaluate
from automl_tl.errors import Stopped
from automl_tl.executors.machine import free_bytes
from automl_tl.executors.progress import Progress
from automl_tl.executors.tune_plan import Call, Parameter, Point, RunTune, TunePlan
from automl_tl.job.desk import POLL_SECONDS, Desk, Yielded
from automl_tl.job.orders import Orders
from automl_tl.job.packing import Packing
from automl_tl.job.study import Study
from automl_tl.search.base import Context
from automl_tl.search.translation import BATCH_SIZES, Translation

_log = logging.getLogger(__name__)
_RANGES = ("learning_rate", "head_learning_rate", "weight_decay", "augmentation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What a search by Tune is made with.

    ``run`` carries a plan out; ``openings`` are the trials of a context that come first, ``most_trials`` how
    many it may have in all.
    """

    run: RunTune
    openings: Callable[[Context], tuple[Trial, ...]]
    most_trials: Callable[[Context], int]


class TuneSearch:
    """One job's search by Ray Tune.

    An interrupted one begins a search anew that knows what the trials before found: Tune's own way of
    resuming reads pickles.
    """

    def __init__(self, desk: Desk, study: Study, *, workshop: Workshop) -> None:
        self._desk = desk
        self._study = study
        self._workshop = workshop
        self._looked = desk.clock()
        self._stopped: Stopped | None = None
        self._gives_way = False
        self._translation = self._translated()

    def run(self) -> str:
        """Search until Tune has spent the budget; why it ended, in one clause."""
        if (reason := self._study.finished()) is not None:
            self._study.close()
            return reason
        self._end_interrupted()
        plan = self._plan()
        if plan.trials > 0:
            self._workshop.run(plan, self)
        if self._stopped is not None:
            raise self._stopped
        reason = f"Ray Tune spent its budget on {len(self._study.trials)} trials"
        self._end_interrupted()  # what the end of the budget cut off
        self._study.finish(reason)
        self._study.close()
        return reason

    def begun(self, number: int, point: Point) -> None:
        """Keep the trial, and that it runs."""
        self._study.propose(self._translation.trial(number, point))
        self._study.start(number, until_epoch=self._ladder[0])

    def reported(self, number: int, report: Report) -> None:
        """Keep the report, and that the trial runs on where it does."""
        self._study.report(self._study.trial(number), report)
        trial = self._study.trial(number)
        rung = rungs.next_rung(trial, self._ladder)
        if trial.state is TrialState.WAITING and rung is not None and report.epoch in self._ladder:
            self._study.start(number, until_epoch=rung)
        if self._gives_way and self._stopped is None:
            self._stop(Yielded("it gave way to a more urgent job"))

    def ended(self, number: int) -> None:
        """Others were better; a trial on the last rung has ended with its report."""
        if self._study.trial(number).state is not TrialState.COMPLETE:
            self._study.end((number,), TrialState.PRUNED)

    def failed(self, number: int, reason: str, *, is_late: bool) -> None:
        """Keep the failure; what was stopped on purpose, or ran out of time, has not failed."""
        trial = self._study.trial(number)
        if self._stopped is not None:
            return  # ended as interrupted by whoever goes on with the job
        if is_late:
            self._study.end((number,), _unfinished(trial), failure=reason)
        else:
            self._study.fail(trial, reason)

    def wants_stop(self) -> bool:
        """Whether a person or the stopping daemon wishes an end; running evaluations learn of it too."""
        if self._stopped is None and self._desk.clock() - self._looked >= POLL_SECONDS / 2:
            self._looked = self._desk.clock()
            try:
                self._gives_way = self._desk.obey() is Wish.YIELD
            except Stopped as stopped:
                self._stop(stopped)
        return self._stopped is not None

    @property
    def _ladder(self) -> tuple[int, ...]:
        return rungs.rungs(self._desk.space.max_epochs)

    def _translated(self) -> Translation:
        return Translation(
            space=self._desk.space,
            facts=dict(self._study.context().facts),
            seed=self._desk.job.request.seed,
            number=len(self._study.trials),
            first=self._workshop.openings(self._study.context()),
        )

    def _plan(self) -> TunePlan:
        translation = self._translation
        seconds = self._desk.strategy.seconds_left(self._study.context())
        return TunePlan(
            parameters=_parameters(translation),
            first=tuple(translation.point(trial.configuration) for trial in translation.first),
            known=tuple(
                (translation.point(trial.configuration), trial.report.value)
                for trial in self._study.trials
                if trial.report is not None and math.isfinite(trial.report.value)
            ),
            rungs=self._ladder,
            number=translation.number,
            trials=self._workshop.most_trials(self._study.context()) - len(self._study.trials),
            seconds=seconds,
            seed=translation.seed,
            slots=self._at_once(),
            work=Calls(
                orders=self._study.orders(),
                translation=translation,
                ends=None if seconds is None else time.time() + seconds,
            ),
            folder=self._desk.folder / "tune",
        )

    def _at_once(self) -> int:
        executor = self._desk.executor
        packing = Packing.of(self._study.context().facts, cards=executor.cards, free_bytes=free_bytes())
        return packing.at_once(executor.slots)

    def _end_interrupted(self) -> None:
        """Trials that nobody goes on with: what they reported counts, the rest is void."""
        running = (*self._study.numbers(TrialState.RUNNING), *self._study.numbers(TrialState.WAITING))
        for state in (TrialState.PRUNED, TrialState.CANCELLED):
            numbers = tuple(n for n in running if _unfinished(self._study.trial(n)) is state)
            if numbers:
                self._study.end(numbers, state)

    def _stop(self, stopped: Stopped) -> None:
        """Stop the running evaluations too; of a search that gives way, all but the one at its rung."""
        self._stopped = stopped
        for number in self._study.numbers(TrialState.RUNNING):
            progress = Progress(self._desk.folder / "progress" / str(number))
            progress.stop()
            progress.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Makes Tune's calls into evaluations, in an actor's process; ``ends`` in seconds since the epoch."""

    orders: Orders
    translation: Translation
    ends: float | None

    def __call__(self, call: Call) -> Evaluate:
        """The evaluation of a call."""
        trial = replace(
            self.translation.trial(call.number, call.point),
            until_epoch=call.until_epoch,
            reports=() if call.report is None else (call.report,),
        )
        return self.orders.work(
            trial, seconds=None if self.ends is None else max(0.0, self.ends - time.time())
        )


def _unfinished(trial: Trial) -> TrialState:
    """What becomes of a trial that is not gone on with."""
    return TrialState.PRUNED if trial.reports else TrialState.CANCELLED


def _parameters(translation: Translation) -> dict[str, Parameter]:
    space = translation.space
    candidates = tuple(c.id for c in space.candidates if c.id in translation.facts)
    ranges = {name: _parameter(getattr(space, name)) for name in _RANGES}
    return {
        "candidate": Parameter(options=candidates),
        "batch_size": Parameter(options=BATCH_SIZES),
        "frozen_share": Parameter(),
        **ranges,
    }


def _parameter(range_: Range) -> Parameter:
    return Parameter(low=range_.low, high=range_.high, log=range_.log)
