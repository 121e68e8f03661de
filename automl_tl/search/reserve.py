"""The part of a time budget that the search leaves to what follows it: scratch baseline, retest and proof."""

from automl_tl.domain.dataset import Split
from automl_tl.domain.rungs import ETA
from automl_tl.domain.trial import Trial
from automl_tl.search.base import Context
from automl_tl.search.pace import Pace
from automl_tl.search.shares import RESERVE_SHARE, SCRATCH_SHARE, first_reserve_seconds, fixed_seconds

_READINGS = 0.5  # retest and test of all contenders, in full training epochs, where samples are not counted
_FINALISTS = 3
_ELSEWHERE = 2000  # samples of training and of validation that the proof reads at most


def reserve_seconds(context: Context, *, pace: Pace, best: Trial | None) -> float:
    """Seconds to keep for the proof, by the pace of the incumbent ``best``; 0 without a time budget.

    The scratch baseline trains the whole network for the winner's epochs, which may still grow by one rung;
    before anything was measured it is taken at its cap.
    """
    budget = context.budget.seconds
    if budget is None:
        return 0.0
    if best is None or best.configuration.candidate not in context.facts:
        return first_reserve_seconds(budget, begun=context.begun, baseline=context.baseline_seconds)
    fixed = fixed_seconds(budget, begun=context.begun) + context.baseline_seconds
    candidate = best.configuration.candidate
    epoch = pace.seconds(candidate=candidate, freeze_depth=0, epochs=1) or 0.0
    epochs = min(context.space.max_epochs, ETA * best.epoch)
    scratch = min(SCRATCH_SHARE * budget, epochs * epoch)
    readings = _READINGS * epoch if not context.counts else pace.forward(candidate) * read_samples(context)
    return min(RESERVE_SHARE * budget, fixed + scratch + readings)


def read_samples(context: Context) -> int:
    """How many forward passes the proof makes.

    Each finalist is packed with retest and read on it, challenger, champion and scratch are read on test, and
    the challenger on a part of what it was trained on.
    """
    retest, test = (context.counts.get(split, 0) for split in (Split.RETEST, Split.TEST))
    elsewhere = sum(min(_ELSEWHERE, context.counts.get(s, 0)) for s in (Split.TRAIN, Split.VALIDATION))
    return (2 * _FINALISTS + 1) * retest + 3 * test + elsewhere
