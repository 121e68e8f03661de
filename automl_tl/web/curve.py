"""The best value so far over time, above a dot for every report."""

import math
from collections.abc import Sequence
from itertools import pairwise

from automl_tl.domain.metric import Metric
from automl_tl.web.chart import Chart, Dot, Scale, Stroke, Tick, thinned, ticks

MOST_DOTS = 500
_HOUR, _MINUTE = 3600.0, 60.0
_BEST = {str(metric): metric.best_value for metric in Metric}

Point = tuple[float, float]
"""Seconds since the job began, and a value."""


def best_curve(points: Sequence[Point], *, metric: str, until: float) -> Chart | None:
    """The curve over the points, which come by time, drawn on to ``until``; None where there is no point."""
    if not points:
        return None
    best = improvements(points)
    last = max(points[-1][0], until, 1.0)
    up = _up(points)
    unit, name = _unit(last)
    across = Scale(low=0.0, high=last)
    dots = [Dot(x=across(t), y=up(v), kind="report") for t, v in points if v >= up.low]
    leader = Dot(x=across(best[-1][0]), y=up(best[-1][1]), kind="leader")
    seen = (
        f"best {metric} {best[-1][1]:.3f} after {len(points)} {'report' if len(points) == 1 else 'reports'}"
    )
    return Chart(
        label=seen,
        across=tuple(
            Tick(at=tick.at, text=tick.text) for tick in ticks(Scale(low=0.0, high=last / unit), count=5)
        ),
        up=ticks(up, most=_BEST.get(metric, math.inf)),
        across_name=name,
        dots=(*thinned(dots, most=MOST_DOTS), leader),
        strokes=_steps([(across(t), up(v)) for t, v in best]),
    )


def improvements(points: Sequence[Point]) -> list[Point]:
    """The points that were better than all before."""
    found: list[Point] = []
    for point in points:
        if not found or point[1] > found[-1][1]:
            found.append(point)
    return found


def _up(points: Sequence[Point]) -> Scale:
    """Early failures would squeeze what matters into a corner: the lowest tenth may lie below the frame."""
    values = sorted(value for _, value in points)
    low, high = min(values[len(values) // 10], points[0][1]), values[-1]
    pad = (high - low) * 0.08 or 0.01
    return Scale(low=low - pad, high=high + pad, falls=True)


def _unit(seconds: float) -> tuple[float, str]:
    if seconds > 2 * _HOUR:
        return _HOUR, "hours"
    return (_MINUTE, "minutes") if seconds > 3 * _MINUTE else (1.0, "seconds")


def _steps(corners: Sequence[Point]) -> tuple[Stroke, ...]:
    """Level until the next corner, then upright to it; the last goes on to the right edge."""
    found = []
    ends = [*(x for x, _ in corners[1:]), 100.0]
    for (x, y), end in zip(corners, ends, strict=True):
        found.append(Stroke(x1=x, x2=end, y1=y, y2=y))
    for (_, before), (x, after) in pairwise(corners):
        found.append(Stroke(x1=x, x2=x, y1=before, y2=after))
    return tuple(found)
