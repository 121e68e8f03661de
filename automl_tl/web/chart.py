"""A drawing as values: marks on a frame, placed in percent of its width and height from its top left."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

_CLOCK_STEPS = (60, 300, 900, 3600, 10800, 21600)
_DAY = 86400
_DAY_STEPS = tuple(days * _DAY for days in (1, 2, 7, 14, 30, 91, 182, 365, 1826))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A labelled place on an axis; ``power``: the label is ten to that power."""

    at: float
    text: str = ""
    power: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One fact; ``kind`` is its style, ``title`` what it says, ``low`` and ``high`` its interval's ends."""

    x: float
    y: float
    kind: str
    title: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """A straight line, level or upright; an upright one goes from ``y1`` to ``y2``."""

    x1: float
    x2: float
    y1: float
    y2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A word beside a mark."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What is drawn; ``label`` says it to those who do not see it."""

    label: str
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    across_name: str
    up_name: str = ""
    dots: tuple[Dot, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """From figures between ``low`` and ``high`` to percent; ``falls``: high figures lie at 0."""

    low: float
    high: float
    falls: bool = False

    def __call__(self, value: float) -> float:
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return round(100 * (1 - share if self.falls else share), 2)


def ticks(scale: Scale, *, count: int = 4, most: float = math.inf) -> tuple[Tick, ...]:
    """Round figures that divide the scale into about ``count`` parts; none above ``most``."""
    rough = (scale.high - scale.low) / count or 1.0
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    first, last = math.ceil(scale.low / step - 1e-9), math.floor(min(scale.high, most) / step + 1e-9)
    figures = (index * step for index in range(first, last + 1))
    return tuple(Tick(at=scale(figure), text=f"{figure:.{decimals}f}") for figure in figures)


def powers(scale: Scale) -> tuple[Tick, ...]:
    """The whole powers of ten on a scale of common logarithms."""
    return tuple(
        Tick(at=scale(power), power=power)
        for power in range(math.ceil(scale.low), math.floor(scale.high) + 1)
    )


def moments(scale: Scale, *, count: int = 5) -> tuple[Tick, ...]:
    """Round times of day, or days, in this machine's zone, on a scale of seconds since the epoch."""
    rough = (scale.high - scale.low) / count
    steps = (*_CLOCK_STEPS, *_DAY_STEPS)
    step = next((step for step in steps if step >= rough), steps[-1])
    ahead = time.localtime(scale.high).tm_gmtoff
    first = math.ceil((scale.low + ahead) / step)
    form = "%H:%M" if step < _DAY else "%-d %b" if step < _DAY_STEPS[-2] else "%b %Y"
    found = []
    for index in range(first, math.floor((scale.high + ahead) / step) + 1):
        moment = index * step - ahead
        found.append(Tick(at=scale(moment), text=time.strftime(form, time.localtime(moment))))
    return tuple(found)


def thinned(dots: Sequence[Dot], *, most: int) -> tuple[Dot, ...]:
    """At most so many of the dots, evenly taken."""
    stride = max(1, math.ceil(len(dots) / most))
    return tuple(dots[::stride])
