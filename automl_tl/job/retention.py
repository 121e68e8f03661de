"""Which trials and checkpoints a running search lets go: a rule on rows, obeyed after they are written."""

import math
import shutil
from collections.abc import Sequence
from pathlib import Path

from automl_tl.domain import rungs
from automl_tl.domain.rungs import Standings
from automl_tl.domain.trial import Trial, TrialState

FINALISTS = 3
_KEEP = 6  # more than the finalists: the last rungs of two trials may still cross
_MOST_WAITING = 24  # at one rung: each has a checkpoint, and the best of them advance first


def finalists(trials: Sequence[Trial], *, count: int = FINALISTS) -> tuple[Trial, ...]:
    """The ended trials whose latest value is best, best first; these still have their checkpoints."""
    ended = [trial for trial in trials if trial.state in (TrialState.COMPLETE, TrialState.PRUNED)]
    return rungs.finalists(ended, count)


def weak(standings: Standings, *, epoch: int) -> tuple[int, ...]:
    """Numbers of the trials waiting at ``epoch`` that no further report would bring among those that advance.

    Of the n trials that reported there, the best ``max(6, 2⌈n/3⌉)`` may still wait, at most 24 at once,
    and the slow starters that the rungs spare.
    """
    ranked = standings.ranking(epoch)
    beyond = {trial.number for trial, _ in ranked[max(_KEEP, 2 * math.ceil(len(ranked) / rungs.ETA)) :]}
    queue = [t.number for t, _ in ranked if t.state is TrialState.WAITING and t.epoch == epoch]
    waiting = (beyond & set(queue)) | set(queue[_MOST_WAITING:])
    if waiting:
        waiting -= {trial.number for trial in standings.spared()}
    return tuple(sorted(waiting))


def next_checkpoint(trial: Trial) -> str:
    """Where a running trial's evaluation writes, never over the checkpoint that it goes on from.

    An evaluation that ran out of time before its rung has taken the rung's name already.
    """
    name = f"checkpoints/{trial.number}-{trial.until_epoch}"
    is_taken = trial.report is not None and trial.report.checkpoint == name
    return f"{name}-again" if is_taken else name


class Checkpoints:
    """The checkpoints of a search: on disk lie those of its open trials and of the best that ended."""

    def __init__(self, folder: Path, trials: Sequence[Trial]) -> None:
        self._folder = folder
        self._best = finalists(trials, count=_KEEP)

    def outgrown(self, trial: Trial) -> None:
        """Delete the one of the trial's latest report, now that a later one is kept."""
        if trial.report is not None:
            shutil.rmtree(self._folder / trial.report.checkpoint, ignore_errors=True)

    def ended(self, trials: Sequence[Trial]) -> None:
        """Delete those of the trials that have just ended, or of those they overtook."""
        stood = (*self._best, *trials)
        self._best = finalists(stood, count=_KEEP)
        for trial in stood:
            if trial not in self._best:
                self.outgrown(trial)

    def sweep(self, trials: Sequence[Trial]) -> None:
        """Delete every one that neither a trial's next rung nor the finalists' retest can need.

        An earlier runner may have left some, and so does work that was cut short.
        """
        open_trials = [t for t in trials if t.state in (TrialState.RUNNING, TrialState.WAITING)]
        best = finalists(trials, count=_KEEP)
        needed = {t.report.checkpoint for t in (*open_trials, *best) if t.report is not None}
        needed |= {next_checkpoint(t) for t in open_trials}
        for path in (self._folder / "checkpoints").glob("[!.]*"):  # a dot: being written right now
            if f"checkpoints/{path.name}" not in needed:
                shutil.rmtree(path, ignore_errors=True)
