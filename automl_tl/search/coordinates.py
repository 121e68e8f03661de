"""A configuration as the sampler sees it: relative to its candidate's defaults.

One study serves all candidates only when a point means the same for each of them; so depth is a share of
the stages, and learning rates are multiples of the candidate's own default.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automl_tl.domain.candidate import Candidate, CandidateFacts
from automl_tl.domain.space import Range, Space, depth, depths
from automl_tl.domain.trial import Configuration

HEAD_RATIO = 1.0  # the head starts solved; a greater rate would undo that
WEIGHT_DECAY = 1e-2
AUGMENTATION = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One configuration in relative figures.

    ``frozen_share`` is in [0, 1] of the stages; ``learning_rate`` is a multiple of the candidate's default
    where the space's range is relative, absolute otherwise; ``head_learning_rate`` is a multiple of the
    backbone's.
    """

    candidate: str
    frozen_share: float
    learning_rate: float
    head_learning_rate: float
    weight_decay: float
    augmentation: float


def default_learning_rate(candidate: Candidate, facts: CandidateFacts) -> float:
    """AdamW's for the backbone: the space file's where it names one, else the zoo's."""
    return candidate.recipe.learning_rate or facts.learning_rate


def default_depth(space: Space, facts: CandidateFacts) -> int:
    """The freeze depth of the candidate's default recipe, moved to the nearest that the space searches."""
    stages = len(facts.stages)
    wanted = space.candidate(facts.candidate).recipe.freeze_depth
    count = facts.freeze_depth if wanted is None else depth(wanted, stages=stages)
    return nearest_depth(count / stages, depths(space, stages=stages), stages=stages)


def default_configuration(space: Space, facts: CandidateFacts, *, freeze_depth: int) -> Configuration:
    """The candidate's default recipe at a freeze depth; what the recipe leaves open is ours to fill."""
    candidate = space.candidate(facts.candidate)
    recipe = candidate.recipe
    rate = default_learning_rate(candidate, facts)
    ratio = clip(HEAD_RATIO, space.head_learning_rate)
    return Configuration(
        candidate=candidate.id,
        freeze_depth=freeze_depth,
        learning_rate=rate,
        head_learning_rate=recipe.head_learning_rate or rate * ratio,
        weight_decay=_given(recipe.weight_decay, clip(WEIGHT_DECAY, space.weight_decay)),
        augmentation=_given(recipe.augmentation, clip(AUGMENTATION, space.augmentation)),
    )


def relative(configuration: Configuration, *, space: Space, facts: Mapping[str, CandidateFacts]) -> Point:
    """The point of a configuration, moved into the space's ranges (a default recipe may lie outside)."""
    found = facts[configuration.candidate]
    unit = _unit(space, found)
    ratio = configuration.head_learning_rate / configuration.learning_rate
    return Point(
        candidate=configuration.candidate,
        frozen_share=configuration.freeze_depth / len(found.stages),
        learning_rate=clip(configuration.learning_rate / unit, space.learning_rate),
        head_learning_rate=clip(ratio, space.head_learning_rate),
        weight_decay=clip(configuration.weight_decay, space.weight_decay),
        augmentation=clip(configuration.augmentation, space.augmentation),
    )


def absolute(
    point: Point, *, space: Space, facts: Mapping[str, CandidateFacts], allowed: Sequence[int]
) -> Configuration:
    """The configuration of a point, its share moved to the nearest ``allowed`` freeze depth."""
    found = facts[point.candidate]
    rate = point.learning_rate * _unit(space, found)
    return Configuration(
        candidate=point.candidate,
        freeze_depth=nearest_depth(point.frozen_share, allowed, stages=len(found.stages)),
        learning_rate=rate,
        head_learning_rate=rate * point.head_learning_rate,
        weight_decay=point.weight_decay,
        augmentation=point.augmentation,
    )


def nearest_depth(share: float, allowed: Sequence[int], *, stages: int) -> int:
    """The allowed freeze depth whose share of the stages is nearest; of two equally near, the deeper."""
    return min(allowed, key=lambda d: (abs(d / stages - share), -d))


def clip(value: float, range_: Range) -> float:
    """``value``, moved into the range."""
    return min(max(value, range_.low), range_.high)


def _unit(space: Space, facts: CandidateFacts) -> float:
    if not space.learning_rate.relative:
        return 1.0
    return default_learning_rate(space.candidate(facts.candidate), facts)


def _given(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value
