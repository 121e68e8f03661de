"""Candidates that the hub holds in transformers' layout."""

from dataclasses import replace
from pathlib import Path

from automl_tl.domain.candidate import Candidate, CandidateFacts
from automl_tl.domain.prefetch import Progress
from automl_tl.errors import CandidateFailed
from automl_tl.model.preparer import Preparer
from automl_tl.model.spec import TOKENIZER
from automl_tl.zoo import hub, hub_listing, transformers_layout
from automl_tl.zoo.base import Backbone
from automl_tl.zoo.card import Card, read_json
from automl_tl.zoo.hub_licence import stated_licence
from automl_tl.zoo.opening import open_backbone, open_facts, open_preparer
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

    def preparer(self, candidate: Candidate) -> Preparer:
        """What makes samples ready for the candidate; fetches no weights."""
        return open_preparer(self._card(candidate), candidate)

    def weights(self, candidate: Candidate) -> Path:
        """The safetensors file in the hub's cache."""
        return self._weights(candidate, progress=None)

    def fetch(self, candidate: Candidate, *, progress: Progress | None = None) -> None:
        """The safetensors file, and the small ones that say what it is."""
        self._card(candidate)
        self._weights(candidate, progress=progress)

    def licence(self, candidate: Candidate) -> str | None:
        """What the repository's model card states."""
        return stated_licence(
            candidate.reference,
            revision=candidate.revision,
            cache=self._cache,
            is_here=self.is_here(candidate),
        )

    def is_here(self, candidate: Candidate) -> bool:
        """Whether the hub's cache has the weights."""
        return hub.is_here(candidate.reference, USUAL, revision=candidate.revision, cache=self._cache)

    def _weights(self, candidate: Candidate, *, progress: Progress | None) -> Path:
        found = self._file(candidate, USUAL, progress=progress)
        if found is None:
            why = hub_listing.why_no_weights(candidate.reference, revision=candidate.revision)
            raise CandidateFailed(why)
        return found

    def _fetched(self, candidate: Candidate) -> Card:
        weights = self.weights(candidate)
        return replace(self._card(candidate), weights=weights, revision=hub.revision_of(weights))

    def _card(self, candidate: Candidate) -> Card:
        config = self._file(candidate, "config.json")
        if config is None:
            raise CandidateFailed(
                f"{candidate.reference} has no config.json, which says what its weights are"
            )
        look = self._file(candidate, "preprocessor_config.json")  # without it, config.json says the size
        pictures = {} if look is None else read_json(look)
        return transformers_layout.card(
            read_json(config), pictures=pictures, weights=None, tokenizer=lambda: self._tokenizer(candidate)
        )

    def _tokenizer(self, candidate: Candidate) -> bytes | None:
        file = self._file(candidate, TOKENIZER)
        return None if file is None else file.read_bytes()

    def _file(self, candidate: Candidate, name: str, *, progress: Progress | None = None) -> Path | None:
        return hub.fetch(
            candidate.reference, name, revision=candidate.revision, cache=self._cache, progress=progress
        )
