"""Successive halving that never waits: which trials may advance to their next rung.

Asynchronous successive halving (Li et al., MLSys 2020), with care for slow starters.
"""

import math
from bisect import insort
from collections.abc import Iterable, Sequence

from automl_tl.domain.trial import Trial, TrialState

ETA = 3
_SPARED_RUNGS = 2
_SPARED_RECIPES = 3  # on the second rung
DEFAULT, PROBE = "default", "probe"  # origins of the trials that a search opens with
_OPENINGS = (DEFAULT, PROBE)


def rungs(max_epochs: int, *, eta: int = ETA) -> tuple[int, ...]:
    """The epoch counts at which trials are compared, ascending: 27 → 1, 3, 9, 27.

    The last is ``max_epochs``; a power of ``eta`` that lies close below it is left out: 10 → 1, 3, 10.
    """
    ladder = []
    rung = 1
    while rung * rung * eta <= max_epochs * max_epochs:
        ladder.append(rung)
        rung *= eta
    return (*(r for r in ladder if r < max_epochs), max_epochs)


def next_rung(trial: Trial, ladder: Sequence[int]) -> int | None:
    """The rung a trial would run to next, in epochs; None when it stands on the last."""
    return next((rung for rung in ladder if rung > trial.epoch), None)


def value_at(trial: Trial, rung: int) -> float | None:
    """What a trial reported at the end of epoch ``rung``; a value that is no number is the worst there is."""
    for report in trial.reports:
        if report.epoch == rung:
            return report.value if math.isfinite(report.value) else -math.inf
    return None


class Standings:
    """A job's trials as the rungs see them, kept in order as reports come in."""

    def __init__(self, trials: Iterable[Trial], ladder: Sequence[int]) -> None:
        self._ladder = ladder
        self._trials: dict[int, Trial] = {}
        self._ranked: dict[int, list[tuple[float, int]]] = {rung: [] for rung in ladder}
        self._unbegun: set[int] = set()
        self._openings: set[int] = set()
        self._cut_short: set[int] = set()
        for trial in trials:
            self.put(trial)

    def put(self, trial: Trial) -> None:
        """Take the trial as it now is, in the place of what it was."""
        before = self._trials.get(trial.number)
        self._trials[trial.number] = trial
        _mark(self._unbegun, trial, is_in=trial.state is TrialState.PROPOSED)
        _mark(self._openings, trial, is_in=trial.origin in _OPENINGS)
        is_cut = trial.state is TrialState.WAITING and trial.epoch < trial.until_epoch
        _mark(self._cut_short, trial, is_in=is_cut)
        for rung, ranked in self._ranked.items():
            was = None if before is None else _standing(before, rung)
            value = _standing(trial, rung)
            if value == was:
                continue
            if was is not None:
                ranked.remove((-was, trial.number))
            if value is not None:
                insort(ranked, (-value, trial.number))

    @property
    def unbegun(self) -> tuple[Trial, ...]:
        """Those that are proposed and not begun, by number."""
        return tuple(self._trials[number] for number in sorted(self._unbegun))

    @property
    def openings(self) -> tuple[Trial, ...]:
        """The default recipes and linear probes that were proposed, by number."""
        return tuple(self._trials[number] for number in sorted(self._openings))

    @property
    def cut_short(self) -> tuple[Trial, ...]:
        """Those that wait short of the rung they were to reach, by number."""
        return tuple(self._trials[number] for number in sorted(self._cut_short))

    def ranking(self, rung: int) -> tuple[tuple[Trial, float], ...]:
        """All that reached ``rung`` with their values there, best first, ties by number.

        A trial that failed on its way there takes part as the worst; where there is no rung, nobody stands.
        """
        return tuple([(self._trials[number], -value) for value, number in self._ranked.get(rung, ())])

    def advancing(self, *, eta: int = ETA) -> tuple[Trial, ...]:
        """The trials that may advance now: those in the top 1/``eta`` of the rung they wait on.

        The highest rung comes first, then the better value, then the lower number. Each rung compares only
        what was reported at that rung.
        """
        found: list[Trial] = []
        for rung in reversed(self._ladder[:-1]):
            ranked = self._ranked[rung]
            top = [self._trials[number] for value, number in ranked[: len(ranked) // eta] if value < math.inf]
            found += [trial for trial in top if _waits_on(trial, rung)]
        return tuple(found)

    def spared(self) -> tuple[Trial, ...]:
        """The slow starters that may reach the next rung although others are better on theirs.

        The less is frozen, the slower a trial starts, so at the first rung it is only fair to compare a
        candidate with itself at the same freeze depth: the best of each such pair is spared. Each default
        recipe is spared there too, and the best three on the second rung: what one is worth shows late, and
        it is the best guess. Were all of many spared there, samples would wait for the last of them.
        """
        found: list[Trial] = []
        for rung in self._ladder[:-1][:_SPARED_RUNGS]:
            ranked = self.ranking(rung)
            recipes = [trial.number for trial, _ in ranked if trial.origin == DEFAULT]
            is_lowest = rung == self._ladder[0]
            wanted = {*recipes, *_best_of_pairs(ranked)} if is_lowest else {*recipes[:_SPARED_RECIPES]}
            found += [
                t for t, value in ranked if t.number in wanted and _waits_on(t, rung) and value > -math.inf
            ]
        return tuple(found)


def _best_of_pairs(ranked: Iterable[tuple[Trial, float]]) -> Iterable[int]:
    """The number of the first of each candidate and freeze depth."""
    found: dict[tuple[str, int], int] = {}
    for trial, _ in ranked:
        found.setdefault((trial.configuration.candidate, trial.configuration.freeze_depth), trial.number)
    return found.values()


def _mark(numbers: set[int], trial: Trial, *, is_in: bool) -> None:
    (numbers.add if is_in else numbers.discard)(trial.number)


def _standing(trial: Trial, rung: int) -> float | None:
    """The value with which a trial takes part at a rung; None: it has not come so far."""
    value = value_at(trial, rung) if trial.reports else None
    if value is None and trial.state is TrialState.FAILED and trial.until_epoch >= rung > trial.epoch:
        return -math.inf
    return value


def epochs_begun(trials: Sequence[Trial]) -> int:
    """The epochs that these trials have cost; a running one counts those it is meant to reach."""
    return sum(t.until_epoch if t.state is TrialState.RUNNING else t.epoch for t in trials)


def finalists(trials: Sequence[Trial], count: int) -> tuple[Trial, ...]:
    """The ``count`` trials with the best latest value, best first, ties by number.

    Trials that were cancelled, that report no number, or that started from random weights do not stand.
    """
    return tuple(sorted(_standing_ones(trials), key=_place)[: max(0, count)])


def incumbent(trials: Sequence[Trial]) -> Trial | None:
    """The best trial so far, or None before the first report."""
    return min(_standing_ones(trials), key=_place, default=None)


def _waits_on(trial: Trial, rung: int) -> bool:
    return trial.state is TrialState.WAITING and trial.epoch == rung


def _standing_ones(trials: Sequence[Trial]) -> list[Trial]:
    return [
        trial
        for trial in trials
        if trial.report is not None
        and math.isfinite(trial.report.value)
        and trial.state is not TrialState.CANCELLED
        and trial.configuration.pretrained
    ]


def _place(trial: Trial) -> tuple[float, int]:
    return -trial.reports[-1].value, trial.number
