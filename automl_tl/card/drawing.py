"""What the card's plots share: scales, axes, ticks."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from automl_tl.card.markup import Html, tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A straight map from values to places in a drawing."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The place of a value."""
        return self.start + (self.end - self.start) * (value - self.low) / ((self.high - self.low) or 1.0)


def ticks(low: float, high: float, *, most: int = 6) -> list[float]:
    """At most ``most`` round values from ``low`` to ``high``: steps of 1, 2 or 5 in some decimal place."""
    if not high > low:
        return [low]
    exponent = math.floor(math.log10((high - low) / most))
    steps = (times * 10.0**power for power in (exponent, exponent + 1) for times in (1, 2, 5))
    step = next(s for s in steps if math.floor(high / s) - math.ceil(low / s) < most)
    first = math.ceil(low / step - 1e-9)
    return [k * step for k in range(first, math.floor(high / step + 1e-9) + 1)]


def axes(x: Scale, y: Scale, *, across: Sequence[float], up: Sequence[float], words: tuple[str, str]) -> Html:
    """Grid lines at ``up``, figures along both axes, and ``words``: what x and y are."""
    lines = [tag("line", class_="grid", x1=x.start, x2=x.end, y1=y(v), y2=y(v)) for v in up]
    left = [tag("text", told(v), x=x.start - 8, y=y(v) + 4, text_anchor="end") for v in up]
    below = [tag("text", told(v), x=x(v), y=y.start + 18, text_anchor="middle") for v in across]
    names = [
        tag("text", words[0], x=x.end, y=y.start + 36, text_anchor="end"),
        tag("text", words[1], x=x.start, y=y.end - 12, text_anchor="start"),
    ]
    return tag("g", lines, left, below, names)


def mark(
    value: float, low: float | None, high: float | None, *, place: Callable[[float], float], label: str
) -> Html:
    """A dot with its interval as a small drawing of a table's cell; ``place`` gives percent of its width.

    What lies below 0 percent is told by an arrow.
    """
    if place(value) < 0:
        shape = tag("path", d="M9 4 L4 8 L9 12")
    else:
        shape = tag("circle", cx=f"{place(value):.2f}%", cy="50%", r=4)
    line = None
    if low is not None and high is not None and place(value) >= 0:
        start, end = max(0.0, place(low)), place(high)
        line = tag("line", x1=f"{start:.2f}%", x2=f"{end:.2f}%", y1="50%", y2="50%")
    return tag("svg", line, shape, class_="mark", role="img", aria_label=label)


def told(value: float) -> str:
    """A tick's figure."""
    return f"{value:.10g}" if abs(value) < 1e5 else f"{value:.3g}"


def plot(*children: Html | list[Html], width: int, height: int, label: str) -> Html:
    """A drawing that grows with its place; ``label`` tells what is to be seen."""
    return tag("svg", *children, class_="plot", viewBox=f"0 0 {width} {height}", role="img", aria_label=label)
