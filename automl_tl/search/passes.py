"""What forward and backward passes cost a sample at each boundary, before any trial has reported."""

from collections.abc import Mapping
from dataclasses import dataclass

from automl_tl.domain.candidate import CandidateFacts

TRAINED = 3.0  # forward and backward of a trained stage, in forwards, where no step was timed
KEPT_FROM = 0.55  # frozen share of the forward pass above which activations are kept, until a report tells
HEAD = 0.03  # head and reading of the cache, in forwards of the whole backbone


@dataclass(frozen=True, slots=True, kw_only=True)
class Passes:
    """Seconds a sample from what was measured of each candidate when it was opened.

    Without any such measurement they are multiply-adds: ``is_timed`` says which.
    """

    facts: Mapping[str, CandidateFacts]
    rate: float
    is_timed: bool

    def forward(self, candidate: str, *, depth: int | None = None) -> float:
        """The forward pass of the whole backbone, or of its first ``depth`` stages."""
        found = self.facts[candidate]
        if found.stage_seconds:
            return sum(found.stage_seconds[:depth])
        if depth is None:
            return self.rate * max(1, found.multiply_adds)
        return self.rate * max(1, found.multiply_adds) * min(1.0, found.frozen_share(depth))

    def epoch(self, candidate: str, *, depth: int, is_kept: bool) -> float:
        """One sample's part of an epoch that freezes ``depth`` stages; ``is_kept``: they are not computed."""
        found = self.facts[candidate]
        whole, frozen = self.forward(candidate), self.forward(candidate, depth=depth)
        times = TRAINED
        if found.stage_seconds and found.backward_seconds is not None and whole > 0:
            times = 1 + found.backward_seconds / whole
        return times * (whole - frozen) + HEAD * whole + (0.0 if is_kept else frozen)


def passes(facts: Mapping[str, CandidateFacts]) -> Passes:
    """Those of these candidates; one that was not timed goes by its multiply-adds at the others' pace."""
    timed = [found for found in facts.values() if found.stage_seconds]
    adds = sum(max(1, found.multiply_adds) for found in timed)
    seconds = sum(sum(found.stage_seconds) for found in timed)
    return Passes(facts=facts, rate=seconds / adds if adds else 1.0, is_timed=bool(timed))
