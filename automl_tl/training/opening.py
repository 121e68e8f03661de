"""An opened candidate: its pretrained backbone as it came, and the halves it was split into."""

import copy
import functools

import torch
from torch import nn

from automl_tl.domain.candidate import Candidate, CandidateFacts
from automl_tl.domain.trial import Configuration
from automl_tl.model.network import Network
from automl_tl.training.freezing import frozen_prefixes
from automl_tl.training.split import Halves, split
from automl_tl.training.trainee import choose_layout
from automl_tl.zoo.base import Backbone, Zoo


class Opened:
    """A candidate in memory, never trained itself: what is trained is a copy."""

    def __init__(self, *, backbone: Backbone, facts: CandidateFacts, device: torch.device) -> None:
        self.spec = backbone.spec
        self.preprocessing = backbone.preprocessing
        self.stages = backbone.stages
        self.facts = facts
        self.device = device
        self._module = choose_layout(backbone.module.to(device))
        self._halves: dict[int, Halves | None] = {}

    @property
    def geometry(self) -> tuple[int, int, int]:
        """Channels, height and width of the pictures it wants."""
        look = self.preprocessing
        return look.channels, look.size, look.size

    def backbone(self) -> nn.Module:
        """A copy of the whole backbone, nothing frozen."""
        return copy.deepcopy(self._module)

    def network(self, classes: int) -> Network:
        """A copy of the backbone under a fresh head."""
        network = Network(backbone=self.backbone(), features=self.spec.features, classes=classes)
        return network.to(self.device)

    def head(self, classes: int) -> nn.Linear:
        """A fresh head."""
        return Network(backbone=nn.Identity(), features=self.spec.features, classes=classes).head.to(self.device)

    def halves(self, depth: int) -> Halves | None:
        """The backbone split behind stage ``depth``, None where it only runs as one; split once."""
        if depth not in self._halves:
            self._halves[depth] = split(
                self.backbone(), stages=self.stages, depth=depth, geometry=self.geometry
            )
        return self._halves[depth]

    def frozen(self, depth: int) -> tuple[str, ...]:
        """Name prefixes of what depth ``depth`` freezes."""
        return frozen_prefixes(self.stages, depth=depth)


def open_candidate(
    candidate: Candidate, *, configuration: Configuration, zoo: Zoo, seed: int
) -> Opened:
    """The candidate of a configuration; pretrained ones stay open for the next trial."""
    if configuration.pretrained:
        return _pretrained(zoo, candidate)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        backbone = zoo.load(candidate, pretrained=False)
    return Opened(backbone=backbone, facts=zoo.facts(candidate), device=device())


def device() -> torch.device:
    """Where training runs on this machine."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@functools.lru_cache(maxsize=2)
def _pretrained(zoo: Zoo, candidate: Candidate) -> Opened:
    return Opened(backbone=zoo.load(candidate), facts=zoo.facts(candidate), device=device())
