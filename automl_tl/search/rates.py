"""What each step that could be taken now promises a second, learnt from the reports of this job."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import mean

from automl_tl.domain.rungs import value_at
from automl_tl.domain.trial import Trial
from automl_tl.search.outlook import Outlook
from automl_tl.search.pace import effort
from automl_tl.search.promise import UNKNOWN, Guess, fall, first_rung, log_error, promise

_OF_ANOTHER = 0.5  # spread between the log errors of candidates' probes
_SURE = 0.0
_MOST_FALLS = 50


class Rates:
    """Promises of the trials of one context; a pure function of it."""

    def __init__(self, view: Outlook) -> None:
        self._view = view
        self._best = 0.0 if view.best is None else self._log_error(view.best.reports[-1].value)
        opened = [t for t in view.standings.openings if t.reports and self._is_known(t)]
        probes = {t.configuration.candidate: self._first(t) for t in opened if self._view.is_probe(t)}
        self._probes = {id: error for id, error in probes.items() if error is not None}
        self._falls = {step: fall(self._seen_falls(*step), rungs=step) for step in pairwise(view.ladder)}
        self._first_rung = first_rung(self._seen_starts(opened))
        self._boundaries = {_boundary(t) for t in opened}

    def of(self, trial: Trial) -> float:
        """Expected improvement of the metric, a second, of going on with a trial or of beginning it.

        A probe that has reported promises nothing: its head was solved.
        """
        if not self._is_known(trial) or (trial.reports and self._view.is_probe(trial)):
            return 0.0
        expected = self._start(trial)
        if not trial.reports:
            return self._promise(trial, expected)
        seen = Guess(mean=self._log_error(trial.reports[-1].value), spread=_SURE)
        return self._promise(trial, seen, before=expected)

    def _promise(self, trial: Trial, guess: Guess, *, before: Guess | None = None) -> float:
        return promise(self._ahead(trial, guess, before=before), incumbent=self._best)

    def _ahead(self, trial: Trial, guess: Guess, *, before: Guess | None) -> Iterator[tuple[Guess, float]]:
        """What may be expected at each rung that the trial can still reach, and what it costs to get there.

        ``guess`` is of the rung where it stands, or of the first; ``before`` what was expected of the first
        when nothing had been seen of it: a slow start does not make all that was expected untrue.
        """
        ladder = self._view.ladder
        for place, rung in enumerate(ladder):
            if place and before is not None:
                before = before.moved(self._falls[ladder[place - 1], rung])
            if rung <= trial.epoch:
                continue
            if place:
                guess = guess.moved(self._falls[ladder[place - 1], rung])
            if not self._view.fits(trial, until_epoch=rung):
                return
            yield guess if before is None else guess.agreed(before), self._cost(trial, until_epoch=rung)
            if self._view.is_probe(trial):
                return

    def _start(self, trial: Trial) -> Guess:
        """The log error to expect at the first rung."""
        own = self._probes.get(trial.configuration.candidate)
        if own is not None:
            probe = Guess(mean=own, spread=_SURE)
        elif self._probes:
            probe = Guess(mean=mean(self._probes.values()), spread=_OF_ANOTHER)
        else:
            probe = UNKNOWN
        return probe if self._view.is_probe(trial) else probe.moved(self._first_rung)

    def _cost(self, trial: Trial, *, until_epoch: int) -> float:
        """Seconds; without a time budget multiply-adds a sample, so that no clock decides what comes next."""
        is_timed = self._view.seconds is not None
        seconds = self._view.seconds_for(trial, until_epoch=until_epoch) if is_timed else None
        if seconds is not None:
            return max(1e-6, seconds)
        candidate, depth = _boundary(trial)
        return effort(
            self._view.context.facts[candidate],
            freeze_depth=depth,
            epochs=until_epoch - trial.epoch,
            first=(candidate, depth) not in self._boundaries,
        )

    def _seen_falls(self, rung: int, later: int) -> list[float]:
        """How log errors changed from one rung to the next, of the best that came so far."""
        falls = []
        for trial, value in self._view.standings.ranking(later)[:_MOST_FALLS]:
            before = value_at(trial, rung)
            if before is not None and self._is_known(trial) and not self._view.is_probe(trial):
                falls.append(self._log_error(value) - self._log_error(before))
        return [each for each in falls if math.isfinite(each)]

    def _seen_starts(self, opened: Sequence[Trial]) -> list[float]:
        """Of default recipes: a sampled learning rate may be far off, and says little of what is usual."""
        recipes = [t for t in opened if not self._view.is_probe(t)]
        found = [(self._first(t), self._probes.get(t.configuration.candidate)) for t in recipes]
        return [error - probe for error, probe in found if error is not None and probe is not None]

    def _first(self, trial: Trial) -> float | None:
        value = value_at(trial, self._view.ladder[0])
        return None if value is None or not math.isfinite(value) else self._log_error(value)

    def _log_error(self, value: float) -> float:
        return log_error(value, best=self._view.context.best_value)

    def _is_known(self, trial: Trial) -> bool:
        return trial.configuration.candidate in self._view.context.facts


def _boundary(trial: Trial) -> tuple[str, int]:
    return trial.configuration.candidate, trial.configuration.freeze_depth
