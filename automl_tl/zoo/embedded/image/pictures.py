"""The drawn pictures that embedded nets are pretrained on: six kinds, many classes, each draw fresh."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from automl_tl.zoo.embedded.image.fractals import FunctionSystems, JuliaSets
from automl_tl.zoo.embedded.image.placement import SIDE
from automl_tl.zoo.embedded.image.silhouettes import Silhouettes
from automl_tl.zoo.embedded.image.strokes import Strokes
from automl_tl.zoo.embedded.image.textures import Noises, Waves

DESCRIPTION = "drawn pictures (strokes, shapes, fractals, textures) made by automl_tl.zoo.embedded"
_CHUNK = 64


class Kind(Protocol):
    """A family of classes that can be drawn."""

    def draw(self, labels: Tensor, *, generator: torch.Generator) -> Tensor:
        """Masks (n, SIDE, SIDE) in [0, 1], one for each label (n)."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Shares:
    """How many classes there are of each kind."""

    strokes: int = 1000
    silhouettes: int = 200
    function_systems: int = 60
    julia_sets: int = 60
    waves: int = 90
    noises: int = 90


class Pictures:
    """A fixed set of invented classes; each draw shows them anew."""

    def __init__(self, shares: Shares, *, seed: int) -> None:
        """Invent all classes from ``seed``."""
        generator = torch.Generator().manual_seed(seed)
        self._kinds: list[tuple[int, Kind]] = [
            (shares.strokes, Strokes(shares.strokes, generator=generator)),
            (shares.silhouettes, Silhouettes(shares.silhouettes, generator=generator)),
            (shares.function_systems, FunctionSystems(shares.function_systems, generator=generator)),
            (shares.julia_sets, JuliaSets(shares.julia_sets, generator=generator)),
            (shares.waves, Waves(shares.waves, generator=generator)),
            (shares.noises, Noises(shares.noises, generator=generator)),
        ]
        self.classes = sum(count for count, _ in self._kinds)

    def draw(self, labels: Tensor, *, generator: torch.Generator) -> Tensor:
        """Masks (n, SIDE, SIDE), uint8, of the classes ``labels`` (n)."""
        masks = torch.empty(len(labels), SIDE, SIDE, dtype=torch.uint8)
        first = 0
        for count, kind in self._kinds:
            chosen = ((labels >= first) & (labels < first + count)).nonzero()[:, 0]
            for part in torch.split(chosen, _CHUNK):
                drawn = kind.draw(labels[part] - first, generator=generator)
                masks[part] = (drawn * 255).to(torch.uint8)
            first += count
        return masks
