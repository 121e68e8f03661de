"""An opened candidate: its pretrained backbone as it came, and the halves it was split into."""

import copy
from collections import OrderedDict

import torch
from torch import nn

from automl_tl.domain.candidate import Candidate, CandidateFacts
from automl_tl.domain.trial import Configuration
from automl_tl.model.network import Network
from automl_tl.model.prepared import drawn, normalise
from automl_tl.model.preparer import preparer_of
from automl_tl.training.freezing import frozen_prefixes
from automl_tl.training.head_start import Head
from automl_tl.training.rewriting import rewrite
from automl_tl.training.split import Halves, split, whole
from automl_tl.training.tracing import EXAMPLE_SIZES
from automl_tl.training.trainee import choose_layout
from automl_tl.zoo.base import Backbone, Zoo

_MOST_OPEN = 2
_MOST_HALVES = 2  # each holds a copy of the backbone
_open: "OrderedDict[tuple[Zoo, Candidate], Opened]" = OrderedDict()


class Opened:
    """A candidate in memory, never trained itself: what is trained is a copy."""

    def __init__(self, *, backbone: Backbone, facts: CandidateFacts, device: torch.device) -> None:
        self.spec = backbone.spec
        self.preprocessing = backbone.preprocessing
        self.preparer = preparer_of(backbone.preprocessing, backbone.files)
        self.files = backbone.files
        self.stages = backbone.stages
        self.source_head = backbone.source_head
        self.facts = facts
        self.device = device
        self.heads: dict[tuple[str, bool], Head] = {}  # by a dataset's fingerprint, and whether a probe's
        self._module = choose_layout(backbone.module.to(device)).eval()
        rewrite(self._module, stages=self.stages, examples=self.examples(max(EXAMPLE_SIZES)))
        self._halves: OrderedDict[int, Halves | None] = OrderedDict()

    def examples(self, samples: int) -> torch.Tensor:
        """Random samples [samples, ...] as the backbone reads them, alike at every call."""
        return normalise(drawn(self.preprocessing, samples).to(self.device), self.preprocessing)

    def backbone(self) -> nn.Module:
        """A copy of the whole backbone, nothing frozen."""
        return copy.deepcopy(self._module)

    def network(self, classes: int) -> Network:
        """A copy of the backbone under a fresh head."""
        network = Network(backbone=self.backbone(), features=self.spec.features, classes=classes)
        return network.to(self.device)

    def head(self, classes: int) -> nn.Linear:
        """A fresh head."""
        return Network(backbone=nn.Identity(), features=self.spec.features, classes=classes).head.to(
            self.device
        )

    def halves(self, depth: int) -> Halves | None:
        """The backbone split behind stage ``depth``, None where it only runs as one; split once."""
        if depth == len(self.stages):
            return self.whole()
        if depth not in self._halves:
            while len(self._halves) >= _MOST_HALVES:
                self._halves.popitem(last=False)
            self._halves[depth] = split(
                self.backbone(), stages=self.stages, depth=depth, examples=self.examples(max(EXAMPLE_SIZES))
            )
        self._halves.move_to_end(depth)
        return self._halves[depth]

    def whole(self) -> Halves:
        """The split of a linear probe: everything stands still."""
        return whole(self._module, features=self.spec.features)

    def frozen(self, depth: int) -> tuple[str, ...]:
        """Name prefixes of what depth ``depth`` freezes."""
        return frozen_prefixes(self.stages, depth=depth)


def open_candidate(candidate: Candidate, *, configuration: Configuration, zoo: Zoo, seed: int) -> Opened:
    """The candidate of a configuration; pretrained ones stay open for the next trial."""
    if configuration.pretrained:
        return open_pretrained(zoo, candidate)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        backbone = zoo.load(candidate, pretrained=False)
    return Opened(backbone=backbone, facts=zoo.facts(candidate), device=device())


def device() -> torch.device:
    """Where training runs on this machine."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def open_pretrained(zoo: Zoo, candidate: Candidate) -> Opened:
    """The candidate with its own weights; the last few stay open."""
    key = (zoo, candidate)
    if key not in _open:
        _open[key] = Opened(backbone=zoo.load(candidate), facts=zoo.facts(candidate), device=device())
    _open.move_to_end(key)
    while len(_open) > _MOST_OPEN:
        _open.popitem(last=False)
    return _open[key]
