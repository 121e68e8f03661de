"""Candidates that timm knows by name; their weights come from the hub or its cache."""

from difflib import get_close_matches
from typing import Any

import timm
from timm.models import PretrainedCfg, get_pretrained_cfg, split_model_name_tag

from automl_tl.domain.candidate import Candidate
from automl_tl.domain.prefetch import Progress
from automl_tl.errors import CandidateFailed, CandidateUnknown
from automl_tl.zoo import hub, timm_layout
from automl_tl.zoo.card import Card
from automl_tl.zoo.hub_licence import stated_licence
from automl_tl.zoo.hub_zoo import HubZoo
from automl_tl.zoo.weights import USUAL


class TimmZoo(HubZoo):
    """``architecture.tag`` names of timm."""

    def fetch(self, candidate: Candidate, *, progress: Progress | None = None) -> None:
        """The safetensors file: the rest comes with timm."""
        self._weights(candidate, progress=progress)

    def licence(self, candidate: Candidate) -> str | None:
        """What timm says of the weights, or else their repository's model card."""
        published = _published(candidate)
        repository = published.get("hf_hub_id")
        if published.get("license") or not repository:
            return published.get("license")
        return stated_licence(
            str(repository), revision=candidate.revision, cache=self._cache, is_here=self.is_here(candidate)
        )

    def is_here(self, candidate: Candidate) -> bool:
        """Whether the hub's cache has the weights."""
        repository = _published(candidate).get("hf_hub_id")
        return bool(repository) and hub.is_here(
            str(repository), USUAL, revision=candidate.revision, cache=self._cache
        )

    def _repository(self, candidate: Candidate) -> str:
        published = _published(candidate)
        if not published.get("hf_hub_id"):
            raise CandidateFailed(
                f"timm publishes no weights of {candidate.reference} on the hub as safetensors"
            )
        if published.get("custom_load"):
            raise CandidateFailed(
                f"the weights of {candidate.reference} are not in a format that is loaded here"
            )
        return str(published["hf_hub_id"])

    def _card(self, candidate: Candidate) -> Card:
        published = _published(candidate)
        return timm_layout.card(
            {"architecture": split_model_name_tag(candidate.reference)[0], "pretrained_cfg": published},
            weights=None,
        )


def _published(candidate: Candidate) -> dict[str, Any]:
    name = candidate.reference
    names = {*timm.list_models(), *timm.list_pretrained()}
    if name not in names:
        architecture = split_model_name_tag(name.lower())[0]
        near = get_close_matches(name.lower(), names) or get_close_matches(architecture, names)
        hint = f"; near it: {', '.join(near)}" if near else ""
        raise CandidateUnknown(f"timm {timm.__version__} has no model {name!r}{hint}")
    published: dict[str, Any] = (get_pretrained_cfg(name) or PretrainedCfg()).to_dict()
    return published
