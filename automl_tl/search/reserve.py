"""The part of a time budget that the search leaves to what follows it: scratch baseline, retest and proof."""

from automl_tl.domain.rungs import ETA, incumbent
from automl_tl.search.base import Context
from automl_tl.search.pace import Pace

SCRATCH_SHARE = 0.2  # what the from-scratch baseline may cost at most, of the budget
RESERVE_SHARE = 1 / 3  # what all that follows the search may cost at most, of the budget
_READINGS = 0.5  # retest and test of all contenders, in full training epochs: seven readings of small splits
_FIXED_SECONDS = 6.0  # packing, intervals, registry
_FIXED_SHARE = 0.1  # of the budget: the same for budgets of less than a minute


def reserve_seconds(context: Context, *, pace: Pace) -> float:
    """Seconds to keep for the proof, estimated from the incumbent's measured pace; 0 without a time budget.

    The scratch baseline trains the whole network for the winner's epochs, which may still grow by one rung;
    before anything was measured it is taken at its cap.
    """
    budget = context.budget.seconds
    if budget is None:
        return 0.0
    fixed = min(_FIXED_SECONDS, _FIXED_SHARE * budget)
    best = incumbent(context.trials)
    if best is None or best.configuration.candidate not in context.facts:
        return SCRATCH_SHARE * budget + fixed
    epoch = pace.seconds(candidate=best.configuration.candidate, freeze_depth=0, epochs=1) or 0.0
    epochs = min(context.space.max_epochs, ETA * best.epoch)
    scratch = min(SCRATCH_SHARE * budget, epochs * epoch)
    return min(RESERVE_SHARE * budget, fixed + scratch + _READINGS * epoch)
