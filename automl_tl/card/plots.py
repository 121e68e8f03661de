"""The card's plots as SVG: calibration, and best so far; each stands before a table of the same figures."""

import math
from collections.abc import Sequence

from automl_tl.card import figures, words
from automl_tl.card.drawing import Scale, axes, plot, ticks
from automl_tl.card.markup import Html, tag
from automl_tl.card.values import Card
from automl_tl.proof.confusion import ConfidenceBin, Confusion

_WIDTH, _HEIGHT = 520, 380
_LEFT, _RIGHT, _TOP = 44, 510, 30
_QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)


def reliability(judged: Confusion) -> Html:
    """How often right, by how sure: on the dashed line a model is as right as it says; counts below."""
    x = Scale(low=0, high=1, start=_LEFT, end=_RIGHT)
    y = Scale(low=0, high=1, start=270, end=_TOP)
    words_ = ("confidence", "share that is right")
    diagonal = tag("line", class_="ideal", x1=x(0), x2=x(1), y1=y(0), y2=y(1))
    before = [tag("circle", class_="before", cx=x(b.confidence), cy=y(b.accuracy), r=5) for b in judged.plain]
    most = max(found.samples for found in judged.calibrated)
    after = [_point(found, x=x, y=y, share=found.samples / most) for found in judged.calibrated]
    surest = judged.calibrated[-1]
    label = (
        f"Calibration of {judged.samples} sealed samples: of those with confidence "
        f"{figures.percent(surest.low)} or more, {figures.percent(surest.accuracy)} are right."
    )
    return plot(
        axes(x, y, across=_QUARTERS, up=_QUARTERS, words=words_),
        diagonal,
        before,
        after,
        _histogram(judged.calibrated, x=x),
        width=_WIDTH,
        height=_HEIGHT,
        label=label,
    )


def _point(found: ConfidenceBin, *, x: Scale, y: Scale, share: float) -> Html:
    """A dot whose area tells how many samples stand behind it, with its interval."""
    place = x(found.confidence)
    ends = found.interval
    hint = f"{found.samples} samples: confidence {found.confidence:.3f}, {found.accuracy:.3f} right"
    return tag(
        "g",
        tag("title", hint),
        tag("line", class_="whisker", x1=place, x2=place, y1=y(ends.low), y2=y(ends.high)),
        tag("circle", class_="after", cx=place, cy=y(found.accuracy), r=3 + 4 * math.sqrt(share)),
    )


def _histogram(bins: Sequence[ConfidenceBin], *, x: Scale) -> list[Html]:
    """How many samples each bin holds, as bars that hang below the plot."""
    most = max(found.samples for found in bins)
    bars = []
    for found in bins:
        height = max(1.0, 40.0 * found.samples / most)
        left, right = x(found.low) + 1, x(found.high) - 1
        bars.append(tag("rect", class_="count", x=left, y=370 - height, width=right - left, height=height))
        middle = (left + right) / 2
        bars.append(
            tag("text", str(found.samples), class_="small", x=middle, y=365 - height, text_anchor="middle")
        )
    return bars


def best_so_far(card: Card) -> Html:
    """The best value on validation over wall time."""
    points = card.curve
    searched = sum(card.cost.phases.get(phase, 0.0) for phase in ("check", "score", "search"))
    end = max(searched, points[-1][0])
    values = [value for _, value in points]
    spread = (max(values) - min(values)) or 0.1
    low, high = min(values) - 0.08 * spread, max(values) + 0.08 * spread
    x = Scale(low=0, high=end or 1.0, start=_LEFT + 6, end=_RIGHT)
    y = Scale(low=low, high=high, start=330, end=_TOP)
    line = f"M{x(points[0][0]):.1f} {y(values[0]):.1f}"
    line += "".join(f" H{x(seconds):.1f} V{y(value):.1f}" for seconds, value in points[1:])
    dots = [tag("circle", class_="after", cx=x(seconds), cy=y(value), r=4) for seconds, value in points]
    name = words.metric(card)
    label = f"Best {name} on validation: {figures.figure(values[-1])} after {figures.span(points[-1][0])}."
    return plot(
        axes(x, y, across=ticks(0, end), up=ticks(low, high), words=("seconds", f"{name} on validation")),
        tag("path", class_="best", d=f"{line} H{x(end):.1f}"),
        dots,
        width=_WIDTH,
        height=_HEIGHT,
        label=label,
    )
