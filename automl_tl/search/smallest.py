"""The smallest time budget that allows one trial and its proof, told from what was measured."""

import math

from automl_tl.domain.rungs import rungs
from automl_tl.domain.space import Space, depths
from automl_tl.search.pace import Pace
from automl_tl.search.shares import first_reserve_seconds

_STEP = 5  # seconds: to what it is rounded up


def too_small(budget: float, *, begun: float, quickest: float | None) -> str:
    """Why no trial could be trained in ``budget`` seconds, with the smallest budget that works.

    ``begun`` had passed when the search began; ``quickest`` as ``quickest_seconds`` tells.
    """
    needed = max(smallest_seconds(begun=begun, quickest=quickest or 0.0), budget + _STEP)  # this one failed
    if quickest is None:
        return (
            f"a time budget of {budget:.0f} s is too small: {begun:.0f} s had passed when the search began,"
            f" so more than {needed:.0f} s are needed"
        )
    return (
        f"a time budget of {budget:.0f} s is too small for even one trial: {begun:.0f} s had passed when the"
        f" search began, the quickest trial takes about {quickest:.0f} s, and the proof follows;"
        f" the smallest that works here is about {needed:.0f} s"
    )


def quickest_seconds(space: Space, pace: Pace) -> float | None:
    """What the quickest trial takes to its first rung; None where nothing was measured."""
    epochs = rungs(space.max_epochs)[0]
    known = [
        pace.seconds(candidate=id, freeze_depth=depth, epochs=epochs)
        for id, found in pace.passes.facts.items()
        for depth in depths(space, stages=len(found.stages))
    ]
    return min((seconds for seconds in known if seconds is not None), default=None)


def smallest_seconds(*, begun: float, quickest: float) -> float:
    """The budget of whose part for the search ``quickest`` seconds are left when it begins."""
    budget = _STEP * math.ceil((begun + quickest) / _STEP)
    while budget - first_reserve_seconds(budget, begun=begun) < begun + quickest:
        budget += _STEP
    return budget
