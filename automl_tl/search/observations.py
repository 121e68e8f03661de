"""What trials' reports say about speed, sorted by what it was spent on."""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from automl_tl.domain.trial import Outlay, Report, Trial
from automl_tl.search.passes import KEPT_FROM, Passes

FROM_BOUNDARY = "from-boundary"  # as training says of kept activations
Boundary = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Training at one boundary: ``seconds`` that it took, ``cost`` in seconds of measured passes."""

    seconds: float
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """By boundary (candidate, freeze depth) or candidate; seconds in the order of the reports.

    ``kept`` says of a boundary whether its activations were; ``keeping_factor`` is that of forward passes
    whose result was kept over their measured seconds, None where none were; ``samples`` are trained on;
    ``paid`` are the boundaries for which what is paid once was paid.
    """

    boundaries: Mapping[Boundary, Seen] = field(default_factory=dict)
    kept: Mapping[Boundary, bool] = field(default_factory=dict)
    opening: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    reading: Mapping[Boundary, tuple[float, ...]] = field(default_factory=dict)
    keeping_factor: float | None = None
    head_seconds: float = 0.0
    samples: int = 1
    paid: frozenset[Boundary] = frozenset()

    def is_kept(self, boundary: Boundary, passes: Passes) -> bool:
        """Whether activations are kept there: as reported, else as a neighbour implies, else guessed.

        Where a shallower boundary was kept a deeper one is; where a deeper one was not a shallower is not.
        """
        if boundary in self.kept:
            return self.kept[boundary]
        candidate, depth = boundary
        mine = {d: kept for (name, d), kept in self.kept.items() if name == candidate}
        if any(kept for d, kept in mine.items() if d < depth):
            return True
        if any(not kept for d, kept in mine.items() if d > depth):
            return False
        return _guess(boundary, passes)


def observe(trials: tuple[Trial, ...], passes: Passes, *, samples: int) -> Observations:
    """What the reports of these trials say; ``samples`` are trained on, 0: as the reports say."""
    told = [(boundary, report.outlay) for boundary, report, _ in _reports(trials, passes) if report.outlay]
    samples = samples or (told[-1][1].samples if told else 1)
    kept = {boundary: outlay.way == FROM_BOUNDARY for boundary, outlay in told}
    boundaries = _boundaries(trials, passes, samples=samples)
    opening: dict[str, tuple[float, ...]] = {}
    reading: dict[Boundary, tuple[float, ...]] = {}
    for boundary, outlay in told:
        opening[boundary[0]] = (*opening.get(boundary[0], ()), outlay.opening_seconds)
        reading[boundary] = (*reading.get(boundary, ()), outlay.reading_seconds)
    heads = [
        outlay.head_seconds for _, outlay in told if outlay.head_seconds > 0 and not outlay.frozen_passes
    ]
    return Observations(
        boundaries=boundaries,
        paid=frozenset(boundaries),
        kept=kept,
        opening=opening,
        reading=reading,
        keeping_factor=_keeping_factor(told, passes),
        head_seconds=statistics.median(heads) if heads else 0.0,
        samples=samples,
    )


def _reports(trials: tuple[Trial, ...], passes: Passes) -> Iterator[tuple[Boundary, Report, int]]:
    """Every report with its boundary and how many epochs it is about."""
    for trial in trials:
        boundary = trial.configuration.candidate, trial.configuration.freeze_depth
        before = 0
        for report in trial.reports if boundary[0] in passes.facts else ():
            yield boundary, report, report.epoch - before
            before = report.epoch


def _boundaries(trials: tuple[Trial, ...], passes: Passes, *, samples: int) -> dict[Boundary, Seen]:
    """What training took at each boundary.

    A report without an outlay tells of all its seconds alike: the first at a boundary, which has what is paid
    once, counts only until there is another.
    """
    found: dict[Boundary, list[Seen]] = defaultdict(list)
    vague: dict[Boundary, Seen] = {}
    for boundary, report, epochs in _reports(trials, passes):
        if report.outlay is not None:
            cost = _cost(boundary, report.outlay, passes)
            found[boundary].append(Seen(seconds=report.outlay.training_seconds, cost=cost))
            continue
        cost = (
            samples * epochs * passes.epoch(boundary[0], depth=boundary[1], is_kept=_guess(boundary, passes))
        )
        if boundary in vague or boundary in found:
            found[boundary].append(Seen(seconds=report.seconds, cost=cost))
        else:
            once = passes.forward(boundary[0], depth=boundary[1]) if _guess(boundary, passes) else 0.0
            vague[boundary] = Seen(seconds=report.seconds, cost=cost + samples * once)
    known = {boundary: [seen] for boundary, seen in vague.items()} | found
    return {boundary: pooled((seen, 1.0) for seen in each) for boundary, each in known.items()}


def pooled(weighed: Iterable[tuple[Seen, float]]) -> Seen:
    """Several with their weights as one; what cost little says little."""
    seconds, cost = 0.0, 0.0
    for seen, weight in weighed:
        seconds, cost = seconds + weight * seen.seconds, cost + weight * seen.cost
    return Seen(seconds=seconds, cost=cost)


def _cost(boundary: Boundary, outlay: Outlay, passes: Passes) -> float:
    is_kept = outlay.way == FROM_BOUNDARY
    a_sample = passes.epoch(boundary[0], depth=boundary[1], is_kept=is_kept)
    return max(1, outlay.epochs) * max(1, outlay.samples) * a_sample


def _guess(boundary: Boundary, passes: Passes) -> bool:
    return passes.facts[boundary[0]].frozen_share(boundary[1]) >= KEPT_FROM


def _keeping_factor(told: list[tuple[Boundary, Outlay]], passes: Passes) -> float | None:
    """Seconds spent on computing what is kept, over what these forward passes were measured to take."""
    seconds, cost = 0.0, 0.0
    for (candidate, _), outlay in told:
        if outlay.frozen_passes > 0:
            seconds += outlay.keeping_seconds + outlay.head_seconds
            cost += outlay.frozen_passes * passes.forward(candidate)
    return seconds / cost if cost else None
