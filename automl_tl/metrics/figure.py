"""What one figure is: its name, kind and labels, and the label values that are known beforehand."""

import re
from dataclasses import dataclass
from enum import StrEnum

PREFIX = "automl_tl_"


class Kind(StrEnum):
    """How Prometheus understands a figure."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Source(StrEnum):
    """What a figure is a function of."""

    EVENTS = "events"  # a restart resets nothing
    ROWS = "rows"
    PROCESS = "process"  # begins at nothing with each start of the daemon
    MACHINE = "machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One metric, named without ``PREFIX`` in base units; a counter ends in ``_total``.

    ``known`` are label values that are shown as 0 before the first time; ``buckets`` are a histogram's upper
    bounds, ascending, without infinity.
    """

    name: str
    kind: Kind
    source: Source
    text: str
    labels: tuple[str, ...] = ()
    known: tuple[tuple[str, ...], ...] = ()
    buckets: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Raises ValueError for a name that breaks Prometheus's rules."""
        if not re.fullmatch(r"[a-z][a-z_]*[a-z]", self.name):
            raise ValueError(f"metric {self.name!r}: lower-case words were expected")
        if (self.kind is Kind.COUNTER) != self.name.endswith("_total"):
            raise ValueError(f"metric {self.name!r}: counters end in _total, and they alone")
        if (self.kind is Kind.HISTOGRAM) != bool(self.buckets):
            raise ValueError(f"metric {self.name!r}: a histogram has buckets, and it alone")

    @property
    def full_name(self) -> str:
        """As Prometheus shows it."""
        return PREFIX + self.name

    @property
    def starts(self) -> tuple[tuple[str, ...], ...]:
        """The label values that are there from the start."""
        return self.known or (() if self.labels else ((),))
