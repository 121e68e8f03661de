"""The least time in which a search could have found what it found."""

from collections.abc import Sequence
from dataclasses import dataclass

from automl_tl.domain.dataset import Split
from automl_tl.domain.rungs import finalists
from automl_tl.domain.trial import Trial
from automl_tl.search.pace import Pace

FINALISTS = 3
_TRAINED = 3  # forward and backward, in forwards


@dataclass(frozen=True, slots=True, kw_only=True)
class Finalist:
    """A candidate that is trained to the end, through so many epochs."""

    candidate: str
    epochs: int


def least_seconds(
    pace: Pace, candidates: Sequence[str], trained: Sequence[Finalist], *, probed: int
) -> float | None:
    """T_min = M·n·F̄ + heads + κ·3FEN on one worker; None where passes were not timed.

    M ``candidates`` are probed on n = ``probed`` samples at F̄ seconds a forward pass on average, each head is
    solved once, and the κ finalists, ``trained``, are trained whole, F their forward pass, for E epochs of N
    samples. Freezing may beat the last term; opening weights and starting workers are not in it: a mark to
    measure by, not a bound.
    """
    if not pace.passes.is_timed:
        return None
    probing = sum(probed * pace.forward(candidate) for candidate in candidates)
    heads = len(candidates) * pace.seen.head_seconds
    samples = pace.counts.get(Split.TRAIN, 0) or pace.seen.samples
    training = sum(_TRAINED * pace.forward(f.candidate) * f.epochs * samples for f in trained)
    return probing + heads + training


def least_of(trials: tuple[Trial, ...], pace: Pace, *, probed: int, slots: int) -> float | None:
    """The same of a search that is over, on the workers that it had."""
    best = finalists(trials, FINALISTS)
    found = least_seconds(
        pace,
        tuple(pace.passes.facts),
        [Finalist(candidate=t.configuration.candidate, epochs=t.epoch) for t in best],
        probed=min(probed, pace.counts.get(Split.TRAIN, probed)),
    )
    return None if found is None else found / slots
