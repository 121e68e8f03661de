"""Candidates that the hub holds in transformers' layout."""

from pathlib import Path

from automl_tl.domain.candidate import Candidate
from automl_tl.domain.prefetch import Progress
from automl_tl.errors import CandidateFailed
from automl_tl.model.spec import TOKENIZER
from automl_tl.zoo import hub, transformers_layout
from automl_tl.zoo.card import Card, read_json
from automl_tl.zoo.hub_licence import stated_licence
from automl_tl.zoo.hub_zoo import HubZoo
from automl_tl.zoo.weights import USUAL


class TransformersZoo(HubZoo):
    """``owner/repository`` names of the hub."""

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

    def _repository(self, candidate: Candidate) -> str:
        return candidate.reference

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

    def _file(self, candidate: Candidate, name: str) -> Path | None:
        return hub.fetch(candidate.reference, name, revision=candidate.revision, cache=self._cache)
