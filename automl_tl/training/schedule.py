"""The learning rate as a function of the absolute step."""

import math

WARM_UP_SHARE = 0.03
FLOOR = 0.01


def factor(step: int, *, steps: int) -> float:
    """What a learning rate is multiplied by at ``step`` (0-based, from the trial's start).

    ``steps`` are those of the whole horizon: three in a hundred of them warm up linearly, the rest falls
    along half a cosine (Loshchilov & Hutter, arXiv 1608.03983) to a hundredth, where it stays.
    """
    warm_up = max(1, round(WARM_UP_SHARE * steps))
    if step < warm_up:
        return (step + 1) / (warm_up + 1)
    share = min(1.0, (step - warm_up) / max(1, steps - warm_up))
    return FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * share))
