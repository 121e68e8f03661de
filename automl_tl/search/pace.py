"""How long an evaluation will take: measured passes, corrected by what earlier evaluations took."""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, replace

from automl_tl.domain.candidate import CandidateFacts
from automl_tl.domain.dataset import Split
from automl_tl.domain.trial import Trial
from automl_tl.search.observations import Observations, Seen, observe, pooled
from automl_tl.search.passes import HEAD, KEPT_FROM, TRAINED, Passes, passes

Boundary = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What is known of speed; a pure function of stored rows.

    A pass's cost comes from the candidate's measurement, the factor by which training differs from it from
    the reports: those at the same boundary speak first, then the same candidate's nearest, then all. Opening,
    keeping and reading are told apart from training, so that what is paid once does not count as speed.
    ``counts`` are the dataset's samples by split.
    """

    passes: Passes
    counts: Mapping[Split, int]
    seen: Observations

    def seconds(self, *, candidate: str, freeze_depth: int, epochs: int) -> float | None:
        """What ``epochs`` more epochs will take; None as long as nothing was measured."""
        if not self.seen.boundaries and not (self.passes.is_timed and self.counts):
            return None
        key = candidate, freeze_depth
        once = self._opening(candidate) + self._keeping(key) + self._head(key)
        return once + epochs * self.epoch(key) + self._reading(key)

    def epoch(self, boundary: Boundary) -> float:
        """Seconds of one epoch there."""
        candidate, depth = boundary
        cost = self.passes.epoch(candidate, depth=depth, is_kept=self.seen.is_kept(boundary, self.passes))
        return self.factor(boundary) * self.seen.samples * cost

    def factor(self, boundary: Boundary) -> float:
        """How much slower than its measured passes training is: as seen there, else near it, else usually."""
        candidate, depth = boundary
        if boundary in self.seen.boundaries:
            return _ratio(self.seen.boundaries[boundary])
        near = pooled(
            (seen, 1 / abs(depth - d) ** 2)
            for (name, d), seen in self.seen.boundaries.items()
            if name == candidate
        )
        return _ratio(near) if near.cost else self._usual

    def having_paid(self, boundaries: frozenset[Boundary]) -> "Pace":
        """The same in a search that has trained at these boundaries alone."""
        return replace(self, seen=replace(self.seen, paid=boundaries))

    def forward(self, candidate: str) -> float:
        """Seconds of one sample's forward pass in a batch."""
        return self._forward_factor * self.passes.forward(candidate)

    @property
    def _usual(self) -> float:
        return _ratio(pooled((seen, 1.0) for seen in self.seen.boundaries.values()))

    @property
    def _forward_factor(self) -> float:
        return self._usual if self.seen.keeping_factor is None else self.seen.keeping_factor

    def _opening(self, candidate: str) -> float:
        mine = self.seen.opening.get(candidate)
        if mine is not None:
            return statistics.fmean(mine)
        return (
            statistics.median(first[0] for first in self.seen.opening.values()) if self.seen.opening else 0.0
        )

    def _keeping(self, boundary: Boundary) -> float:
        if boundary in self.seen.paid or not self.seen.is_kept(boundary, self.passes):
            return 0.0
        candidate, depth = boundary
        kept = self.seen.samples + self.counts.get(Split.VALIDATION, 0)
        return kept * self._forward_factor * self.passes.forward(candidate, depth=depth)

    def _head(self, boundary: Boundary) -> float:
        """Its features are computed once for all depths; a probe has them at hand."""
        candidate, depth = boundary
        if any(name == candidate for name, _ in self.seen.paid):
            return 0.0
        features = 0.0
        if self.counts and depth < len(self.passes.facts[candidate].stages):
            features = self.seen.samples * self.forward(candidate)
        return features + self.seen.head_seconds

    def _reading(self, boundary: Boundary) -> float:
        found = self.seen.reading.get(boundary)
        if found is not None:
            return statistics.fmean(found)
        return self.counts.get(Split.VALIDATION, 0) * self.forward(boundary[0])


def pace(
    trials: tuple[Trial, ...],
    facts: Mapping[str, CandidateFacts],
    *,
    counts: Mapping[Split, int] | None = None,
) -> Pace:
    """What candidates' measurements and trials' reports say about speed."""
    costs = passes(facts)
    counts = counts or {}
    return Pace(passes=costs, counts=counts, seen=observe(trials, costs, samples=counts.get(Split.TRAIN, 0)))


def _ratio(seen: Seen) -> float:
    return seen.seconds / seen.cost if seen.cost else 1.0


def effort(facts: CandidateFacts, *, freeze_depth: int, epochs: int, first: bool) -> float:
    """Multiply-adds that a sample costs in ``epochs`` epochs; ``first``: nothing is cached yet.

    A small frozen part is taken to be computed anew each epoch, since varied pictures are worth more than it
    costs; a large one is kept.
    """
    share = min(1.0, facts.frozen_share(freeze_depth))
    frozen_passes = epochs if share < KEPT_FROM else int(first)
    forwards = epochs * (TRAINED * (1 - share) + HEAD) + frozen_passes * share
    return max(1, facts.multiply_adds) * forwards
