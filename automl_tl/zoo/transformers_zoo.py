"""Candidates that the hub holds in transformers' layout."""

from dataclasses import replace
from pathlib import Path

from automl_tl.domain.candidate import Candidate, CandidateFacts
from automl_tl.errors import CandidateFailed
from automl_tl.zoo import hub, transformers_layout
from automl_tl.zoo.base import Backbone
from automl_tl.zoo.card import Card, read_json
from automl_tl.zoo.opening import open_backbone, open_facts
from automl_tl.zoo.weights import USUAL


class TransformersZoo:
    """``owner/repository`` names of the hub; ``cache`` None: the hub's usual folder on this machine."""

    def __init__(self, cache: Path | None = None) -> None:
        self._cache = cache

    def load(self, candidate: Candidate, *, pretrained: bool = True) -> Backbone:
        """The backbone; not ``pretrained``: freshly drawn random weights, and only JSON is fetched."""
        card = self._fetched(candidate) if pretrained else self._card(candidate)
        return open_backbone(card, candidate, pretrained=pretrained)

    def facts(self, candidate: Candidate) -> CandidateFacts:
        """What the candidate is and costs."""
        return open_facts(self._fetched(candidate), candidate)

    def weights(self, candidate: Candidate) -> Path:
        """The safetensors file in the hub's cache."""
        return self._file(candidate, USUAL)

    def _fetched(self, candidate: Candidate) -> Card:
        weights = self.weights(candidate)
        return replace(self._card(candidate), weights=weights, revision=hub.revision_of(weights))

    def _card(self, candidate: Candidate) -> Card:
        config = read_json(self._file(candidate, "config.json"))
        try:
            pictures = read_json(self._file(candidate, "preprocessor_config.json"))
        except CandidateFailed:  # a repository may leave it out; config.json then says the size
            pictures = {}
        return transformers_layout.card(config, pictures=pictures, weights=None)

    def _file(self, candidate: Candidate, name: str) -> Path:
        return hub.fetch(candidate.reference, name, revision=candidate.revision, cache=self._cache)
