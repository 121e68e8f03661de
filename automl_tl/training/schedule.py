"""The learning rate as a function of the absolute step."""

import math
from collections.abc import Sequence

WARM_UP_SHARE = 0.03
FLOOR = 0.01


def factor(step: int, *, ends: Sequence[int]) -> float:
    """What a learning rate is multiplied by at ``step`` (0-based, from the trial's start).

    In each cycle three steps in a hundred warm up linearly, the rest fall along half a cosine to a hundredth,
    and the next cycle begins anew (Loshchilov & Hutter, arXiv 1608.03983). ``ends`` are the steps at which
    cycles end, ascending; after the last, the rate stays low. Cycles end at rungs: a trial is compared with
    others when its rate has fallen, so that what it is worth there tells what it will be worth.
    """
    start = max((end for end in ends if end <= step), default=0)
    end = min((end for end in ends if end > step), default=None)
    if end is None:
        return FLOOR
    warm_up = max(1, round(WARM_UP_SHARE * (end - start)))
    done = step - start
    if done < warm_up:
        return (done + 1) / (warm_up + 1)
    share = (done - warm_up) / max(1, end - start - warm_up)
    return FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * share))
