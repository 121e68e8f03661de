"""Counts, levels and spreads of figures, by their label values; whoever shares them among threads locks."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from automl_tl.metrics.figure import Figure, Kind

Labels = tuple[str, ...]


@dataclass(slots=True)
class _Spread:
    """How many observations fell into each bucket (the last one is infinite), and their sum."""

    counts: list[int]
    sum: float = 0.0


@dataclass(slots=True)
class Numbers:
    """What has been seen so far."""

    _values: dict[str, dict[Labels, float]] = field(default_factory=dict)
    _spreads: dict[str, dict[Labels, _Spread]] = field(default_factory=dict)

    def count(self, figure: Figure, *labels: str, by: float = 1.0) -> None:
        """So many more."""
        of_figure = self._values.setdefault(figure.name, {})
        of_figure[labels] = of_figure.get(labels, 0.0) + by

    def put(self, figure: Figure, value: float, *labels: str) -> None:
        """That is its level now."""
        self._values.setdefault(figure.name, {})[labels] = value

    def drop(self, figure: Figure, *labels: str) -> None:
        """It has no level any more."""
        self._values.get(figure.name, {}).pop(labels, None)

    def observe(self, figure: Figure, value: float, *labels: str) -> None:
        """One more observation."""
        spread = self._spreads.setdefault(figure.name, {}).setdefault(labels, _nothing(figure))
        spread.counts[bisect_left(figure.buckets, value)] += 1
        spread.sum += value

    def families(self, figures: Iterable[Figure]) -> Iterator[Metric]:
        """These figures as Prometheus's client writes them, but for those without any value."""
        for figure in figures:
            family = self._spread(figure) if figure.kind is Kind.HISTOGRAM else self._levels(figure)
            if family.samples:
                yield family

    def state(self) -> dict[str, object]:
        """All of it as JSON values."""
        return {
            "values": {name: _rows(found) for name, found in self._values.items()},
            "spreads": {
                name: _rows({labels: [spread.counts, spread.sum] for labels, spread in found.items()})
                for name, found in self._spreads.items()
            },
        }

    @classmethod
    def restored(cls, state: Mapping[str, Any]) -> "Numbers":
        """What ``state`` told; raises KeyError, TypeError or ValueError for another shape."""
        return cls(
            {name: {tuple(key): float(v) for key, v in rows} for name, rows in state["values"].items()},
            {
                name: {tuple(key): _Spread(list(counts), float(total)) for key, (counts, total) in rows}
                for name, rows in state["spreads"].items()
            },
        )

    def _levels(self, figure: Figure) -> Metric:
        family = (CounterMetricFamily if figure.kind is Kind.COUNTER else GaugeMetricFamily)(
            figure.full_name, figure.text, labels=figure.labels
        )
        starts = dict.fromkeys(figure.starts, 0.0) if figure.kind is Kind.COUNTER else {}
        for labels, value in (starts | self._values.get(figure.name, {})).items():
            family.add_metric(labels, value)
        return family

    def _spread(self, figure: Figure) -> Metric:
        family = HistogramMetricFamily(figure.full_name, figure.text, labels=figure.labels)
        bounds = [*(f"{bound:g}" for bound in figure.buckets), "+Inf"]
        starts = {labels: _nothing(figure) for labels in figure.starts}
        for labels, spread in (starts | self._spreads.get(figure.name, {})).items():
            family.add_metric(labels, list(zip(bounds, accumulate(spread.counts), strict=True)), spread.sum)
        return family


def _nothing(figure: Figure) -> _Spread:
    return _Spread([0] * (len(figure.buckets) + 1))


def _rows(found: Mapping[Labels, object]) -> list[Sequence[object]]:
    return [[list(labels), value] for labels, value in found.items()]
