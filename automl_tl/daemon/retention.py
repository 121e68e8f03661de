"""Which trials and checkpoints a running search lets go: a rule on rows, obeyed after they are written."""

import math
import shutil
from collections.abc import Sequence
from pathlib import Path

from automl_tl.domain import rungs
from automl_tl.domain.trial import Trial, TrialState

FINALISTS = 3
_KEEP = 6  # more than the finalists: the last rungs of two trials may still cross


def finalists(trials: Sequence[Trial], *, count: int = FINALISTS) -> tuple[Trial, ...]:
    """The ended trials whose latest value is best, best first; these still have their checkpoints."""
    ended = [trial for trial in trials if trial.state in (TrialState.COMPLETE, TrialState.PRUNED)]
    return rungs.finalists(ended, count)


def weak(trials: Sequence[Trial], *, epoch: int, ladder: Sequence[int]) -> tuple[int, ...]:
    """Numbers of the trials waiting at ``epoch`` that no further report would bring among those that advance.

    Of the n trials that reported there, the best ``max(6, 2⌈n/3⌉)`` may still wait, and the slow starters
    that the rungs spare.
    """
    ranked = [trial for trial, _ in rungs.ranking(trials, epoch)]
    kept = {trial.number for trial in rungs.spared(trials, ladder)}
    beyond = ranked[max(_KEEP, 2 * math.ceil(len(ranked) / rungs.ETA)) :]
    waiting = [t for t in beyond if t.state is TrialState.WAITING and t.epoch == epoch]
    return tuple(sorted(t.number for t in waiting if t.number not in kept))


def next_checkpoint(trial: Trial) -> str:
    """Where a running trial's evaluation writes, never over the checkpoint that it goes on from.

    An evaluation that ran out of time before its rung has taken the rung's name already.
    """
    name = f"checkpoints/{trial.number}-{trial.until_epoch}"
    is_taken = trial.report is not None and trial.report.checkpoint == name
    return f"{name}-again" if is_taken else name


def drop_checkpoint(folder: Path, trial: Trial) -> None:
    """Delete the checkpoint of the trial's latest report, now that a later one is kept."""
    if trial.report is not None:
        shutil.rmtree(folder / trial.report.checkpoint, ignore_errors=True)


def drop_checkpoints(folder: Path, trials: Sequence[Trial]) -> None:
    """Delete every checkpoint that neither a trial's next rung nor the finalists' retest can need."""
    open_trials = [t for t in trials if t.state in (TrialState.RUNNING, TrialState.WAITING)]
    best = finalists(trials, count=_KEEP)
    needed = {t.report.checkpoint for t in (*open_trials, *best) if t.report is not None}
    needed |= {next_checkpoint(t) for t in open_trials}
    for path in (folder / "checkpoints").glob("[!.]*"):  # a dot: being written right now
        if f"checkpoints/{path.name}" not in needed:
            shutil.rmtree(path, ignore_errors=True)
