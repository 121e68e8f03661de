"""What the policy chooses among, and what was seen of it on earlier datasets and on this one."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One thing that may be trained: a candidate by its default recipe, or one configuration of it.

    ``facts`` are numbers that stand beside a candidate before it is tried, such as its upstream accuracy or
    the logarithm of its parameters; what is not known is left out. ``groups`` name its kin, such as its
    family. ``settings`` are a configuration's. ``seconds`` is what training it to the end is expected to
    cost, ``score_seconds`` what scoring it costs; any unit will do, as only their ratios count; scores at
    an infinite cost are not to be had.
    """

    key: str
    candidate: str
    facts: Mapping[str, float] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, float | str] = field(default_factory=dict)
    seconds: float = 1.0
    score_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """An option that was trained to the end on an earlier dataset.

    ``value`` is its best there, in points; ``rungs`` maps epochs to the best value until then, ``scores``
    names to scores (greater is better).
    """

    option: Option
    value: float
    rungs: Mapping[int, float] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDataset:
    """All that was trained on one earlier dataset."""

    name: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How far an option has been trained on this dataset; ``value`` is its best so far, in points."""

    epoch: int
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All that is known about this dataset so far, by option key."""

    reached: Mapping[str, Reached] = field(default_factory=dict)
    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
