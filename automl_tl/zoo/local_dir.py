"""Candidates in a folder of this machine, in timm's local-dir layout or in transformers'."""

from pathlib import Path

from automl_tl.domain.candidate import Candidate, CandidateFacts
from automl_tl.domain.prefetch import Progress
from automl_tl.errors import CandidateFailed, CandidateUnknown
from automl_tl.model.preparer import Preparer
from automl_tl.model.spec import TOKENIZER
from automl_tl.zoo import timm_layout, transformers_layout
from automl_tl.zoo.base import Backbone
from automl_tl.zoo.card import Card, read_json
from automl_tl.zoo.opening import open_backbone, open_facts, open_preparer
from automl_tl.zoo.stated import licence_here
from automl_tl.zoo.weights import find_weights


class LocalDirZoo:
    """Folders with ``config.json`` and a safetensors file; a candidate's reference is the folder's path."""

    def load(self, candidate: Candidate, *, pretrained: bool = True) -> Backbone:
        """The backbone; not ``pretrained``: freshly drawn random weights."""
        return open_backbone(read_folder(Path(candidate.reference)), candidate, pretrained=pretrained)

    def facts(self, candidate: Candidate) -> CandidateFacts:
        """What the candidate is and costs."""
        return open_facts(read_folder(Path(candidate.reference)), candidate)

    def preparer(self, candidate: Candidate) -> Preparer:
        """What makes samples ready for the candidate."""
        return open_preparer(read_folder(Path(candidate.reference)), candidate)

    def weights(self, candidate: Candidate) -> Path:
        """The safetensors file."""
        return find_weights(_existing(Path(candidate.reference)))

    def fetch(self, candidate: Candidate, *, progress: Progress | None = None) -> None:
        """Nothing: it is here, or raises CandidateUnknown, CandidateFailed."""
        self.weights(candidate)

    def licence(self, candidate: Candidate) -> str | None:
        """What stands in the folder's ``config.json``, or in a model card beside it."""
        return licence_here(candidate)

    def is_here(self, candidate: Candidate) -> bool:
        """Always: what is not here is unknown."""
        return True


def read_folder(folder: Path) -> Card:
    """The card of a folder; raises CandidateUnknown: no such folder, CandidateFailed: nothing to load."""
    config = read_json(_existing(folder) / "config.json")
    weights = find_weights(folder)
    if "architecture" in config:
        return timm_layout.card(config, weights=weights)
    if "model_type" in config:
        look = folder / "preprocessor_config.json"
        pictures = read_json(look) if look.is_file() else {}
        tokenizer = folder / TOKENIZER
        return transformers_layout.card(
            config,
            pictures=pictures,
            weights=weights,
            tokenizer=lambda: tokenizer.read_bytes() if tokenizer.is_file() else None,
        )
    raise CandidateFailed(
        f"{folder / 'config.json'} has neither timm's key architecture nor transformers' model_type"
    )


def _existing(folder: Path) -> Path:
    if not folder.is_dir():
        raise CandidateUnknown(f"there is no folder {folder}, where the candidate's weights should be")
    return folder
