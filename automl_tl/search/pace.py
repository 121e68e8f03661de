"""How long an evaluation will take, told from what earlier ones took."""

from collections.abc import Mapping
from dataclasses import dataclass

from automl_tl.domain.candidate import CandidateFacts
from automl_tl.domain.trial import Trial

_TRAINED = 3.0  # forward and backward of a trained stage, in forwards
_KEPT_FROM = 0.55  # frozen share of the forward pass
_HEAD = 0.03  # head, validation and reading of the cache, in forwards of the whole backbone


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Measured seconds and the effort they bought, by (candidate, freeze depth).

    Effort counts the multiply-adds of one sample: each epoch trains what is not frozen, and the first
    evaluation at a boundary computes the frozen part once.
    """

    facts: Mapping[str, CandidateFacts]
    measured: Mapping[tuple[str, int], tuple[float, float]]

    def seconds(self, *, candidate: str, freeze_depth: int, epochs: int) -> float | None:
        """What ``epochs`` more epochs will take; None as long as nothing was measured.

        Measurements of the same candidate at the nearest depth speak first; an unmeasured candidate is scaled
        by multiply-adds from all that was measured.
        """
        rate = self._rate(candidate, freeze_depth)
        if rate is None:
            return None
        first = (candidate, freeze_depth) not in self.measured
        return rate * effort(self.facts[candidate], freeze_depth=freeze_depth, epochs=epochs, first=first)

    def _rate(self, candidate: str, freeze_depth: int) -> float | None:
        known = [depth for name, depth in self.measured if name == candidate]
        if known:
            nearest = min(known, key=lambda depth: (abs(depth - freeze_depth), depth))
            seconds, spent = self.measured[candidate, nearest]
            return seconds / spent
        spent = sum(bought for _, bought in self.measured.values())
        return sum(seconds for seconds, _ in self.measured.values()) / spent if spent else None


def pace(trials: tuple[Trial, ...], facts: Mapping[str, CandidateFacts]) -> Pace:
    """What the reports say about speed.

    The first report at a boundary carries what is paid once (loading, preparing, filling the cache), so it
    only counts until there is another.
    """
    first: dict[tuple[str, int], tuple[float, float]] = {}
    later: dict[tuple[str, int], tuple[float, float]] = {}
    an_epoch: dict[tuple[str, int], float] = {}
    for trial in trials:
        key = trial.configuration.candidate, trial.configuration.freeze_depth
        if not trial.reports or key[0] not in facts:
            continue
        before = 0
        for report in trial.reports:
            epochs = report.epoch - before
            before = report.epoch
            if key not in first:
                bought = effort(facts[key[0]], freeze_depth=key[1], epochs=epochs, first=True)
                first[key] = (report.seconds, bought)
                an_epoch[key] = effort(facts[key[0]], freeze_depth=key[1], epochs=1, first=False)
                continue
            seconds, spent = later.get(key, (0.0, 0.0))
            later[key] = (seconds + report.seconds, spent + epochs * an_epoch[key])
    return Pace(facts=facts, measured={**first, **later})


def effort(facts: CandidateFacts, *, freeze_depth: int, epochs: int, first: bool) -> float:
    """Multiply-adds that a sample costs in ``epochs`` epochs; ``first``: nothing is cached yet.

    A small frozen part is taken to be computed anew each epoch, since varied pictures are worth more than it
    costs; a large one is kept.
    """
    share = min(1.0, facts.frozen_share(freeze_depth))
    frozen_passes = epochs if share < _KEPT_FROM else int(first)
    forwards = epochs * (_TRAINED * (1 - share) + _HEAD) + frozen_passes * share
    return max(1, facts.multiply_adds) * forwards
