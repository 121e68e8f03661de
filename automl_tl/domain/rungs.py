"""Successive halving that never waits: which trials may advance to their next rung.

Asynchronous successive halving (Li et al., MLSys 2020), with care for slow starters.
"""

import math
from collections.abc import Sequence

from automl_tl.domain.trial import Trial, TrialState

ETA = 3


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


def ranking(trials: Sequence[Trial], rung: int) -> tuple[tuple[Trial, float], ...]:
    """All that reached ``rung`` with their values there, best first, ties by number.

    A trial that failed on its way there takes part as the worst.
    """
    entrants = []
    for trial in trials:
        value = value_at(trial, rung)
        if value is None and trial.state is TrialState.FAILED and trial.until_epoch >= rung > trial.epoch:
            value = -math.inf
        if value is not None:
            entrants.append((trial, value))
    return tuple(sorted(entrants, key=lambda entrant: (-entrant[1], entrant[0].number)))


def advancing(trials: Sequence[Trial], ladder: Sequence[int], *, eta: int = ETA) -> tuple[Trial, ...]:
    """The trials that may advance now: those in the top 1/``eta`` of the rung they wait on.

    The highest rung comes first, then the better value, then the lower number. Each rung compares only
    what was reported at that rung.
    """
    found: list[Trial] = []
    for rung in reversed(ladder[:-1]):
        ranked = ranking(trials, rung)
        top = ranked[: len(ranked) // eta]
        found += [trial for trial, value in top if _waits_on(trial, rung) and value > -math.inf]
    return tuple(found)


def spared(trials: Sequence[Trial], ladder: Sequence[int]) -> tuple[Trial, ...]:
    """The slow starters that may reach the second rung although others were better at the first.

    The less is frozen, the slower a trial starts, so at the first rung it is only fair to compare a candidate
    with itself at the same freeze depth: the best of each such pair is spared, and each default recipe.
    """
    if len(ladder) < 2:
        return ()
    ranked = ranking(trials, ladder[0])
    best: dict[tuple[str, int], Trial] = {}
    for trial, _ in ranked:
        best.setdefault((trial.configuration.candidate, trial.configuration.freeze_depth), trial)
    kept = {trial.number for trial in best.values()}
    kept |= {trial.number for trial, _ in ranked if trial.origin == "default"}
    return tuple(t for t, v in ranked if t.number in kept and _waits_on(t, ladder[0]) and v > -math.inf)


def finalists(trials: Sequence[Trial], count: int) -> tuple[Trial, ...]:
    """The ``count`` trials with the best latest value, best first, ties by number.

    Trials that were cancelled, that report no number, or that started from random weights do not stand.
    """
    standing = [
        trial
        for trial in trials
        if trial.report is not None
        and math.isfinite(trial.report.value)
        and trial.state is not TrialState.CANCELLED
        and trial.configuration.pretrained
    ]
    return tuple(sorted(standing, key=lambda t: (-t.reports[-1].value, t.number))[: max(0, count)])


def incumbent(trials: Sequence[Trial]) -> Trial | None:
    """The best trial so far, or None before the first report."""
    best = finalists(trials, 1)
    return best[0] if best else None


def _waits_on(trial: Trial, rung: int) -> bool:
    return trial.state is TrialState.WAITING and trial.epoch == rung
