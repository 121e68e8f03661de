"""Where trials stand: freeze depth against learning rate, darker is better."""

import math
from bisect import bisect_right
from collections.abc import Sequence

from automl_tl.domain.trial import Trial
from automl_tl.web.chart import Chart, Dot, Scale, Tick, powers
from automl_tl.web.view import best_value

SHADES = 6
MOST_DOTS = 600
_LINES = 8
_LEAST_DECADES = 0.3


def depth_map(trials: Sequence[Trial]) -> Chart | None:
    """The best ``MOST_DOTS`` trials that reported; None where none did."""
    reported = sorted((t for t in trials if t.reports), key=best_value)[-MOST_DOTS:]
    reported = [trial for trial in reported if math.isfinite(best_value(trial))]
    if not reported:
        return None
    deepest = max(*(trial.configuration.freeze_depth for trial in reported), 1)
    rates = [math.log10(trial.configuration.learning_rate) for trial in reported]
    across = Scale(low=min(rates) - _LEAST_DECADES / 2, high=max(rates) + _LEAST_DECADES / 2)
    up = Scale(low=-0.4, high=deepest + 0.4, falls=True)
    values = [best_value(trial) for trial in reported]
    # In the order of their values: the best are drawn last, so that they are seen.
    dots = tuple(
        Dot(
            x=across(rate),
            y=up(trial.configuration.freeze_depth),
            kind=f"v{_shade(best_value(trial), values)}",
            title=f"trial {trial.number}, {trial.configuration.candidate}: {best_value(trial):.3f}",
        )
        for trial, rate in zip(reported, rates, strict=True)
    )
    return Chart(
        label=f"{len(dots)} trials by freeze depth and learning rate, from {values[0]:.3f} to "
        f"{values[-1]:.3f}; the table of trials has the figures",
        across=powers(across),
        up=tuple(Tick(at=up(d), text=str(d)) for d in range(0, deepest + 1, math.ceil(deepest / _LINES))),
        across_name="learning rate",
        up_name="frozen stages",
        dots=dots,
    )


def _shade(value: float, values: Sequence[float]) -> int:
    """By rank, of equals the highest: values crowd near the top, where the difference matters."""
    if len(values) == 1:
        return SHADES - 1
    return round((SHADES - 1) * (bisect_right(values, value) - 1) / (len(values) - 1))
