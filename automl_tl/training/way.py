"""How a configuration is trained: what is varied, and whether a boundary is kept or computed again."""

from collections.abc import Sequence
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


class Varied(StrEnum):
    """What stands for augmentation."""

    NOTHING = "nothing"
    PIXELS = "pixels"
    VIEWS = "kept views"
    ACTIVATIONS = "activations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """What the choices depend on beside the halves.

    ``samples`` are those of both splits, ``limit_bytes`` what may be kept, ``views`` how many versions of a
    picture are kept beside itself, ``figure_bytes`` what a figure takes, ``length_share`` what a
    text's bucket takes of the longest, on average.
    """

    samples: int
    limit_bytes: int
    views: int = 0
    figure_bytes: int = 4
    length_share: float = 1.0

    def of(self, halves: Halves) -> int:
        """What a sample takes in float32 where it is kept by bucket."""
        return round(halves.bytes_per_sample * (self.length_share if halves.has_outline else 1))

    def bytes(self, bytes_per_sample: int) -> int:
        """What all samples take at a boundary of so many bytes in float32."""
        return bytes_per_sample * self.figure_bytes // 4 * self.samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one sample costs in an epoch over a boundary kept behind stage ``depth``; None: nothing is kept.

    ``reading`` are seconds for its ``bytes``, ``computing`` those of frozen stages behind the boundary.
    """

    depth: int | None
    bytes: int = 0
    reading: float = 0.0
    computing: float = 0.0

    @property
    def seconds(self) -> float:
        """Of both together."""
        return self.reading + self.computing


def vary(
    *,
    halves: Halves | None,
    facts: CandidateFacts,
    depth: int,
    augmentation: float,
    sizes: Sizes,
    does_vary: bool = True,
) -> Varied:
    """What is varied; facts and settings decide, never this machine's speed, so that a trial stays itself.

    Activations or kept views of pictures: always for a linear probe; else where they fit, reading them beats
    computing them on a modest machine, and the saving (share of a training step) is worth losing new pixels
    in each epoch. What ``does_vary`` not itself (a text) is varied behind its boundary, if it has one.
    """
    if augmentation <= 0:
        return Varied.NOTHING
    if halves is None or sizes.limit_bytes == 0:
        return Varied.PIXELS if does_vary else Varied.NOTHING
    if depth == len(facts.stages) or not does_vary:
        return Varied.ACTIVATIONS
    frozen = facts.frozen_share(depth)
    fits = sizes.bytes(halves.bytes_per_sample) * (1 + sizes.views) <= sizes.limit_bytes
    computing = frozen * facts.multiply_adds / MULTIPLY_ADDS_A_SECOND
    pays = halves.bytes_per_sample / BYTES_A_SECOND < computing
    if not (fits and pays and saving(frozen) >= WORTH_LOSING_PIXELS):
        return Varied.PIXELS
    return Varied.VIEWS if sizes.views else Varied.ACTIVATIONS


def cheapest(costs: Sequence[Cost], *, samples: int, limit_bytes: int) -> Cost:
    """The cheapest of what fits; of equals the first. There is one at least that keeps nothing."""
    fitting = [cost for cost in costs if cost.bytes * samples <= limit_bytes]
    return min(fitting, key=lambda cost: cost.seconds)


def saving(frozen: float) -> float:
    """Share of a training step that a kept boundary saves: f of f + 3 (1 - f)."""
    return frozen / (frozen + 3 * (1 - frozen))


def multiply_adds(
    *, way: Way, facts: CandidateFacts, depth: int, samples: int, epochs: int, fills: int
) -> int:
    """What training that many epochs costs: a forward pass, and twice that backward through what moves.

    From the boundary the frozen share is paid ``fills`` times, whoever computed it: by a trial's first
    evaluation, once for each version of a picture. What this machine chose to compute again does not count,
    so that a budget of multiply-adds ends alike everywhere.
    """
    frozen = facts.frozen_share(depth)
    frozen_passes = fills if way is Way.FROM_BOUNDARY else epochs
    passes = frozen_passes * frozen + 3 * epochs * (1 - frozen)
    return round(passes * facts.multiply_adds * samples)
