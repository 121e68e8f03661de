"""How a configuration is trained: whole, over a boundary that is kept, or through a frozen prefix."""

from dataclasses import dataclass
from enum import StrEnum

from automl_tl.domain.candidate import CandidateFacts
from automl_tl.training.split import Halves

MULTIPLY_ADDS_A_SECOND = 10e9  # one modest core
BYTES_A_SECOND = 500e6  # a modest disk
WORTH_LOSING_PIXELS = 0.3


class Way(StrEnum):
    """What a batch is made of, and where it starts."""

    WHOLE = "whole"
    THROUGH_PREFIX = "through-prefix"
    FROM_BOUNDARY = "from-boundary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """What the choice depends on beside the halves: samples of both splits, and bytes that may be kept."""

    samples: int
    limit_bytes: int


def choose(
    *, halves: Halves | None, facts: CandidateFacts, depth: int, augmentation: float, sizes: Sizes
) -> Way:
    """The cheapest way that loses nothing; facts and figures decide, never this machine's present state.

    Where no byte may be kept, nothing is: frozen stages are computed for each batch.
    From the boundary: always for a linear probe; else where its activations fit, reading them beats
    computing them, and either nothing is augmented or the saving (share of a training step) is worth
    varying activations in place of pixels.
    """
    if halves is None:
        return Way.WHOLE
    if sizes.limit_bytes == 0:
        return Way.THROUGH_PREFIX
    if depth == len(facts.stages):
        return Way.FROM_BOUNDARY
    frozen = facts.frozen_share(depth)
    fits = halves.bytes_per_sample * sizes.samples <= sizes.limit_bytes
    computing = frozen * facts.multiply_adds / MULTIPLY_ADDS_A_SECOND
    pays = halves.bytes_per_sample / BYTES_A_SECOND < computing
    is_worth_it = augmentation <= 0 or saving(frozen) >= WORTH_LOSING_PIXELS
    return Way.FROM_BOUNDARY if fits and pays and is_worth_it else Way.THROUGH_PREFIX


def saving(frozen: float) -> float:
    """Share of a training step that a kept boundary saves: f of f + 3 (1 - f)."""
    return frozen / (frozen + 3 * (1 - frozen))


def multiply_adds(
    *, way: Way, facts: CandidateFacts, depth: int, samples: int, epochs: int, is_first: bool
) -> int:
    """What training that many epochs costs: a forward pass, and twice that backward through what moves.

    Over a boundary the frozen share is paid once, by a trial's first evaluation, whoever computed it.
    """
    frozen = facts.frozen_share(depth)
    frozen_passes = (1 if is_first else 0) if way is Way.FROM_BOUNDARY else epochs
    passes = frozen_passes * frozen + 3 * epochs * (1 - frozen)
    return round(passes * facts.multiply_adds * samples)
