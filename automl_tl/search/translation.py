"""Between a job's trials and the plain points of a sampler that is not ours."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from automl_tl.domain.candidate import CandidateFacts
from automl_tl.domain.space import Space, depths
from automl_tl.domain.trial import Configuration, Trial
from automl_tl.search.coordinates import Point, absolute, relative
from automl_tl.search.proposal import SAMPLER, derived_seed

BY_SIZE = "by-size"
BATCH_SIZES = (BY_SIZE, "16", "32", "64", "128")
"""Ours follows from the number of samples; another sampler may find a better one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """Holds values alone, so that it can travel to other processes.

    Trials are numbered from ``number`` on; the first of them are ``first``, with whatever origin they have.
    """

    space: Space
    facts: Mapping[str, CandidateFacts]
    seed: int
    number: int
    first: tuple[Trial, ...]

    def point(self, configuration: Configuration) -> dict[str, Any]:
        """The point of a configuration, moved into the space's ranges."""
        size = configuration.batch_size
        return {
            **asdict(relative(configuration, space=self.space, facts=self.facts)),
            "batch_size": BY_SIZE if size is None else str(size),
        }

    def trial(self, number: int, point: Mapping[str, Any]) -> Trial:
        """The trial that a point is; the same number and point are the same trial in every process."""
        values = dict(point)
        size = values.pop("batch_size")
        at = Point(**values)
        stages = len(self.facts[at.candidate].stages)
        configuration = absolute(
            at, space=self.space, facts=self.facts, allowed=depths(self.space, stages=stages)
        )
        place = number - self.number
        return Trial(
            number=number,
            seed=derived_seed(self.seed, "trial", number),
            configuration=replace(configuration, batch_size=None if size == BY_SIZE else int(size)),
            origin=self.first[place].origin if place < len(self.first) else SAMPLER,
        )
