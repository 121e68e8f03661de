"""Candidates that are this home's own saved models: what they learnt is where the next training begins."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from torch import nn

from automl_tl.domain.candidate import Candidate, CandidateFacts, Recipe
from automl_tl.domain.prefetch import Progress
from automl_tl.errors import CandidateFailed
from automl_tl.model.artifact import WEIGHTS, load
from automl_tl.model.backbone import build_backbone
from automl_tl.model.description import read_spec
from automl_tl.model.preparer import Preparer, preparer_of
from automl_tl.model.problem import ModelProblem
from automl_tl.model.spec import ModelSpec, Preprocessing, TextPreprocessing
from automl_tl.zoo.base import Backbone
from automl_tl.zoo.card import Card
from automl_tl.zoo.opening import facts_of
from automl_tl.zoo.stages import encoder_stages, timm_stages


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A saved model's folder, what its version is called, the licence of the weights it came from.

    ``recipe`` is what it was trained with.
    """

    folder: Path
    version: str
    licence: str | None = None
    recipe: Recipe = field(default_factory=Recipe)


FindSaved = Callable[[str, str | None], Saved]
"""The champion of a name, or the version that a revision calls; CandidateUnknown, CandidateFailed."""


class ChampionZoo:
    """``name`` of a model line of this home; a revision is a version's number."""

    def __init__(self, find: FindSaved) -> None:
        self._find = find

    def load(self, candidate: Candidate, *, pretrained: bool = True) -> Backbone:
        """The saved backbone; not ``pretrained``: freshly drawn random weights."""
        with _in_words(candidate):
            return _opened(self._saved(candidate), candidate, pretrained=pretrained)

    def facts(self, candidate: Candidate) -> CandidateFacts:
        """What the candidate is and costs; its revision is the version that was opened."""
        saved = self._saved(candidate)
        with _in_words(candidate):
            backbone = _opened(saved, candidate, pretrained=True)
        card = Card(
            library=backbone.spec.library,
            architecture=backbone.spec.architecture,
            config={},
            weights=saved.folder / WEIGHTS,
            licence=saved.licence,
            revision=saved.version,
            recipe=saved.recipe,
            modality=backbone.preprocessing.modality,
        )
        return facts_of(backbone, card, candidate)

    def preparer(self, candidate: Candidate) -> Preparer:
        """What makes samples ready for it, as when it was trained."""
        folder = self._saved(candidate).folder
        with _in_words(candidate):
            look = _look(read_spec(folder).preprocessing, candidate)
        return preparer_of(look, {name: (folder / name).read_bytes() for name in look.files})

    def weights(self, candidate: Candidate) -> Path:
        """The saved model's safetensors file, its head included."""
        return self._saved(candidate).folder / WEIGHTS

    def fetch(self, candidate: Candidate, *, progress: Progress | None = None) -> None:
        """Nothing but to see that it is whole."""
        self._saved(candidate)

    def licence(self, candidate: Candidate) -> str | None:
        """That of the weights from which it was trained: it is derived from them."""
        return self._saved(candidate).licence

    def is_here(self, candidate: Candidate) -> bool:
        """Always."""
        return True

    def _saved(self, candidate: Candidate) -> Saved:
        return self._find(candidate.reference, candidate.revision)


@contextmanager
def _in_words(candidate: Candidate) -> Iterator[None]:
    try:
        yield
    except ModelProblem as problem:
        raise CandidateFailed(
            f"the saved model of {candidate.reference} cannot be read: {problem}"
        ) from problem


def _opened(saved: Saved, candidate: Candidate, *, pretrained: bool) -> Backbone:
    if not pretrained:
        spec = read_spec(saved.folder)
        return _backbone(spec, build_backbone(spec.backbone), candidate)
    predictor = load(saved.folder)
    network = predictor.network.requires_grad_(True)
    head = (network.head.weight.detach(), network.head.bias.detach())
    found = _backbone(predictor.spec, network.backbone, candidate)
    return replace(found, source_head=head, files=predictor.files)


def _backbone(spec: ModelSpec, module: nn.Module, candidate: Candidate) -> Backbone:
    is_list = spec.backbone.library == "transformers"
    return Backbone(
        module=module.eval(),
        spec=spec.backbone,
        preprocessing=_look(spec.preprocessing, candidate),
        stages=encoder_stages(module) if is_list else timm_stages(module),
    )


def _look(saved: Preprocessing, candidate: Candidate) -> Preprocessing:
    """As it was saved; of texts as much is read as the candidate says."""
    if isinstance(saved, TextPreprocessing):
        return replace(saved, length=candidate.length or saved.length)
    if candidate.image_size not in (None, saved.size):
        raise CandidateFailed(
            f"image_size is {candidate.image_size}, but {candidate.reference} reads"
            f" {saved.size} × {saved.size} pixels, and a saved model keeps its own size"
        )
    return saved
