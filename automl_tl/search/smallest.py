"""The smallest time budget that allows one trial and its proof, told from what was measured."""

import math

from automl_tl.search.base import Context
from automl_tl.search.opening import openings
from automl_tl.search.outlook import outlook
from automl_tl.search.reserve import SCRATCH_SHARE, fixed_seconds

_STEP = 5  # seconds: to what it is rounded up


def too_small(context: Context) -> str:
    """Why not one trial could be trained with this budget, in a clause that says the smallest that works."""
    budget = context.budget.seconds
    if budget is None:
        return f"the budget is too small: {context.seconds:.0f} s had passed"
    begun = context.begun or context.seconds
    first = quickest_seconds(context)
    if first is None:
        return (
            f"a time budget of {budget:.0f} s is too small: {begun:.0f} s had passed when the search began,"
            f" so one of at least {_rounded(begun, first=0.0):.0f} s is needed"
        )
    return (
        f"a time budget of {budget:.0f} s is too small for even one trial: {begun:.0f} s had passed when the"
        f" search began, the quickest trial takes about {first:.0f} s, and the proof follows;"
        f" the smallest that works here is about {_rounded(begun, first=first):.0f} s"
    )


def quickest_seconds(context: Context) -> float | None:
    """What the quickest opening trial takes to its first rung; None where nothing was measured."""
    view = outlook(context)
    known = [view.seconds_for(trial, until_epoch=view.ladder[0]) for trial in openings(context)]
    return min((seconds for seconds in known if seconds is not None), default=None)


def _rounded(begun: float, *, first: float) -> float:
    """The budget whose search part holds ``first`` seconds, see ``reserve_seconds`` before any report."""
    needed = begun + first
    budget = needed
    while budget - SCRATCH_SHARE * budget - fixed_seconds(budget, begun=begun) < needed:
        budget += _STEP
    return _STEP * math.ceil(budget / _STEP)
