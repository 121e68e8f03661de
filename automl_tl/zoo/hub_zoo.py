"""What the zoos have in common whose weights come from the hub or its cache."""

from abc import ABC, abstractmethod
from dataclasses import replace
from pathlib import Path

from automl_tl.domain.candidate import Candidate, CandidateFacts
from automl_tl.domain.prefetch import Progress
from automl_tl.errors import CandidateFailed
from automl_tl.model.preparer import Preparer
from automl_tl.zoo import hub, hub_listing
from automl_tl.zoo.base import Backbone
from automl_tl.zoo.card import Card
from automl_tl.zoo.opening import open_backbone, open_facts, open_preparer
from automl_tl.zoo.weights import USUAL


class HubZoo(ABC):
    """A zoo by what a candidate's card says; ``cache`` None: the hub's usual folder on this machine."""

    def __init__(self, cache: Path | None = None) -> None:
        self._cache = cache

    def load(self, candidate: Candidate, *, pretrained: bool = True) -> Backbone:
        """The backbone; not ``pretrained``: freshly drawn random weights, and at most JSON is fetched."""
        card = self._fetched(candidate) if pretrained else self._card(candidate)
        return open_backbone(card, candidate, pretrained=pretrained)

    def facts(self, candidate: Candidate) -> CandidateFacts:
        """What the candidate is and costs."""
        return open_facts(self._fetched(candidate), candidate)

    def preparer(self, candidate: Candidate) -> Preparer:
        """What makes samples ready for the candidate; fetches no weights."""
        return open_preparer(self._card(candidate), candidate)

    def weights(self, candidate: Candidate) -> Path:
        """The safetensors file in the hub's cache."""
        return self._weights(candidate, progress=None)

    @abstractmethod
    def _card(self, candidate: Candidate) -> Card:
        """What the candidate is, without its weights."""

    @abstractmethod
    def _repository(self, candidate: Candidate) -> str:
        """Where on the hub its weights lie; raises CandidateFailed where there are none to be loaded."""

    def _weights(self, candidate: Candidate, *, progress: Progress | None) -> Path:
        repository, revision = self._repository(candidate), candidate.revision
        found = hub.fetch(repository, USUAL, revision=revision, cache=self._cache, progress=progress)
        if found is None:
            raise CandidateFailed(hub_listing.why_no_weights(repository, revision=revision))
        return found

    def _fetched(self, candidate: Candidate) -> Card:
        weights = self.weights(candidate)
        return replace(self._card(candidate), weights=weights, revision=hub.revision_of(weights))
