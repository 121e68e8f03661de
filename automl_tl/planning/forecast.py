"""A search played through on paper: the strategy decides, evaluations take what is told of them."""

import random
from dataclasses import dataclass, field, replace

from automl_tl.domain.trial import Outlay, Report, Trial, TrialState
from automl_tl.search.base import Context, Finish, Propose, Run, Strategy
from automl_tl.search.observations import FROM_BOUNDARY
from automl_tl.search.pace import Boundary, Pace

MOST_TRIALS = 60  # that are played; what is asked for beyond them is scaled
_CUT = "as many as are played"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """``seconds`` of the search alone, and what it would do in them."""

    seconds: float
    trials: int
    epochs: int
    reason: str


def forecast(strategy: Strategy, context: Context, pace: Pace) -> Forecast:
    """Play the search of ``context``, which has no trial yet; ``pace`` says what evaluations take.

    Values are drawn, since nobody knows them: which trial is the best does not matter for how long it takes.
    """
    play = _Play(strategy=strategy, context=context, pace=pace, now=context.seconds)
    reason = play.run()
    scale, seconds = 1.0, play.now - context.seconds
    if reason == _CUT:
        left = strategy.seconds_left(context)
        scale = left / seconds if left is not None else (context.budget.trials or MOST_TRIALS) / MOST_TRIALS
        scale = max(1.0, scale)
    return Forecast(
        seconds=scale * seconds,
        trials=round(scale * sum(1 for trial in play.trials.values() if trial.reports)),
        epochs=round(scale * sum(trial.epoch for trial in play.trials.values())),
        reason=reason,
    )


@dataclass(slots=True, kw_only=True)
class _Play:
    strategy: Strategy
    context: Context
    pace: Pace
    now: float
    trials: dict[int, Trial] = field(default_factory=dict)
    flights: dict[int, float] = field(default_factory=dict)
    taken: dict[int, float] = field(default_factory=dict)
    paid: set[Boundary] = field(default_factory=set)

    def run(self) -> str:
        """Until the strategy finishes, or so much was played that the rest is more of the same."""
        while True:
            reason = self._fill()
            if not self.flights:
                return reason or "it waits"
            number = min(self.flights, key=lambda n: (self.flights[n], n))
            self.now = self.flights.pop(number)
            self._settle(number)

    def _fill(self) -> str | None:
        while len(self.flights) < self.context.slots:
            now = replace(self.context, trials=tuple(self.trials.values()), seconds=self.now)
            step = self.strategy.step(now)
            if isinstance(step, Run):
                self._start(step)
            elif isinstance(step, Propose):
                if len(self.trials) >= MOST_TRIALS:
                    return _CUT
                trial = self.strategy.propose(now)
                self.trials[trial.number] = trial
            else:
                return step.reason if isinstance(step, Finish) else None
        return None

    def _start(self, step: Run) -> None:
        trial = self.trials[step.number]
        self.taken[step.number] = self._seconds(trial, epochs=step.until_epoch - trial.epoch)
        self.flights[step.number] = self.now + self.taken[step.number]
        self.trials[step.number] = replace(trial, state=TrialState.RUNNING, until_epoch=step.until_epoch)

    def _seconds(self, trial: Trial, *, epochs: int) -> float:
        known = self.pace.having_paid(frozenset(self.paid))
        boundary = _boundary(trial)
        self.paid.add(boundary)
        found = known.seconds(candidate=boundary[0], freeze_depth=boundary[1], epochs=epochs)
        return found or 0.0

    def _settle(self, number: int) -> None:
        trial = self.trials[number]
        epochs = trial.until_epoch - trial.epoch
        report = Report(
            epoch=trial.until_epoch,
            value=_value(trial),
            loss=1.0,
            checkpoint="",
            seconds=self.taken[number],
            multiply_adds=0,
            outlay=self._outlay(trial, epochs=epochs),
        )
        is_last = trial.until_epoch >= self.context.space.max_epochs
        state = TrialState.COMPLETE if is_last else TrialState.WAITING
        self.trials[number] = replace(trial, reports=(*trial.reports, report), state=state)

    def _outlay(self, trial: Trial, *, epochs: int) -> Outlay:
        boundary = _boundary(trial)
        is_kept = self.pace.seen.is_kept(boundary, self.pace.passes)
        return Outlay(
            way=FROM_BOUNDARY if is_kept else "",
            epochs=epochs,
            samples=self.pace.seen.samples,
            frozen_passes=0.0,
            opening_seconds=0.0,
            keeping_seconds=0.0,
            head_seconds=0.0,
            training_seconds=epochs * self.pace.epoch(boundary),
            reading_seconds=0.0,
        )


def _boundary(trial: Trial) -> Boundary:
    return trial.configuration.candidate, trial.configuration.freeze_depth


def _value(trial: Trial) -> float:
    height = random.Random(f"{trial.seed}/{trial.number}").uniform(0.5, 0.9)
    return height * (1 - 0.3 / (1 + trial.until_epoch))
