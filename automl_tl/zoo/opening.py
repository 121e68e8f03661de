"""Opens a candidate whose card is known: its backbone in memory, and the facts about it."""

from dataclasses import replace
from typing import Any

import torch
from torch import nn

from automl_tl.domain.candidate import Candidate, CandidateFacts
from automl_tl.domain.dataset import Modality
from automl_tl.domain.space import depth
from automl_tl.errors import CandidateFailed, SpaceInvalid
from automl_tl.model.backbone import build_backbone
from automl_tl.model.prepared import blank, normalise
from automl_tl.model.preparer import Preparer, preparer_of
from automl_tl.model.problem import ModelProblem
from automl_tl.model.sound_spec import SoundPreprocessing
from automl_tl.model.spec import BackboneSpec, Preprocessing, TextPreprocessing
from automl_tl.zoo import sound_layout, text_layout, timm_layout, transformers_layout
from automl_tl.zoo.base import Backbone
from automl_tl.zoo.card import Card
from automl_tl.zoo.costs import Costs, measure_costs
from automl_tl.zoo.source_head import source_head
from automl_tl.zoo.stages import encoder_stages, timm_stages
from automl_tl.zoo.weights import sha256

USUAL_FREEZE_DEPTH = "50%"
_OF_TEXTS = 5e-5  # the largest of those that Devlin et al. (arXiv 1810.04805) found to work on all tasks


def open_backbone(card: Card, candidate: Candidate, *, pretrained: bool) -> Backbone:
    """The backbone of a card in eval mode; raises CandidateFailed when it cannot be built or loaded."""
    look = _look(card, candidate)
    spec = BackboneSpec(
        library=card.library,
        architecture=card.architecture,
        features=0,
        arguments=_arguments(card, look),
    )
    try:
        module = _layout(card).load_pretrained(card, spec) if pretrained else build_backbone(spec)
    except ModelProblem as problem:
        raise CandidateFailed(f"{candidate.id} cannot be built: {problem}") from problem
    stages = encoder_stages(module) if card.library == "transformers" else timm_stages(module)
    features = _features(module, look, candidate=candidate)
    return Backbone(
        module=module,
        spec=replace(spec, features=features),
        preprocessing=look,
        stages=stages,
        source_head=source_head(card, features=features) if pretrained else None,
        files=card.files,
    )


def open_preparer(card: Card, candidate: Candidate) -> Preparer:
    """What makes samples ready for the card's net; raises CandidateFailed."""
    return preparer_of(_look(card, candidate), card.files)


def open_facts(card: Card, candidate: Candidate) -> CandidateFacts:
    """Everything about a candidate that its bytes tell; raises CandidateFailed, SpaceInvalid."""
    return facts_of(open_backbone(card, candidate, pretrained=True), card, candidate)


def facts_of(backbone: Backbone, card: Card, candidate: Candidate) -> CandidateFacts:
    """Everything about a candidate whose backbone is in memory; raises CandidateFailed, SpaceInvalid."""
    costs = _costs(backbone)
    tensors = (*backbone.module.parameters(), *backbone.module.buffers())
    weights = card.weights
    if weights is None:
        raise CandidateFailed(f"the weights of {candidate.id} are not on this machine")
    return CandidateFacts(
        candidate=candidate.id,
        stages=tuple(" + ".join(stage) for stage in backbone.stages),
        parameters=sum(parameter.numel() for parameter in backbone.module.parameters()),
        multiply_adds=costs.multiply_adds,
        stage_multiply_adds=costs.by_stage,
        features=costs.features,
        image_size=getattr(backbone.preprocessing, "size", None),
        length=getattr(backbone.preprocessing, "length", None),
        learning_rate=_learning_rate(card, candidate, backbone.module),
        freeze_depth=_freeze_depth(card, candidate, stages=len(backbone.stages)),
        weights_sha256=sha256(weights),
        size_bytes=sum(tensor.numel() * tensor.element_size() for tensor in tensors),
        licence=candidate.licence or card.licence,
        revision=card.revision or candidate.revision,
    )


def _layout(card: Card) -> Any:
    """Where pretrained weights are read."""
    if card.library != "transformers":
        return timm_layout
    return sound_layout if card.modality == Modality.AUDIO else transformers_layout


def _look(card: Card, candidate: Candidate) -> Preprocessing:
    if card.modality == Modality.TEXT:
        return text_layout.preprocessing(card, length=candidate.length)
    if card.modality == Modality.AUDIO or (candidate.for_sounds and card.library != "transformers"):
        return sound_layout.preprocessing(card, samples=candidate.length, size=candidate.image_size)
    found: Preprocessing = _layout(card).preprocessing(card, image_size=candidate.image_size)
    return found


def _arguments(card: Card, look: Preprocessing) -> dict[str, Any]:
    if isinstance(look, TextPreprocessing):
        return text_layout.arguments(card)
    if isinstance(look, SoundPreprocessing):
        return sound_layout.arguments(card, look)
    found: dict[str, Any] = _layout(card).arguments(card, size=look.size, channels=look.channels)
    return found


def _features(module: nn.Module, look: Preprocessing, *, candidate: Candidate) -> int:
    module.eval()
    try:
        with torch.no_grad():
            found = module(normalise(blank(look, 1), look))
    except (RuntimeError, ValueError, AssertionError, IndexError, AttributeError, TypeError) as error:
        raise CandidateFailed(f"{candidate.id} does not run on {_samples(look)}: {error}") from error
    if found.ndim != 2:
        raise CandidateFailed(
            f"{candidate.id} gives {found.ndim - 1} axes a sample, but pooled features are one"
        )
    return int(found.shape[1])


def _samples(look: Preprocessing) -> str:
    if isinstance(look, TextPreprocessing):
        return f"texts of {look.length} tokens"
    if isinstance(look, SoundPreprocessing):
        return f"sounds of {look.samples / look.rate:g} seconds"
    return f"pictures of {look.size} × {look.size}"


def _costs(backbone: Backbone) -> Costs:
    look = backbone.preprocessing
    return measure_costs(backbone.module, backbone.stages, sample=normalise(blank(look, 1), look))


def _learning_rate(card: Card, candidate: Candidate, module: nn.Module) -> float:
    """AdamW's usual rates for fine-tuning: batch norm forgives larger steps than layer norm does."""
    published = candidate.recipe.learning_rate or card.recipe.learning_rate
    has_batch_norm = any(isinstance(layer, nn.modules.batchnorm._BatchNorm) for layer in module.modules())
    usual = _OF_TEXTS if card.modality == Modality.TEXT else 3e-4 if has_batch_norm else 1e-4
    return published or usual


def _freeze_depth(card: Card, candidate: Candidate, *, stages: int) -> int:
    for entry in (candidate.recipe.freeze_depth, card.recipe.freeze_depth, USUAL_FREEZE_DEPTH):
        if entry is not None:
            try:
                return depth(entry, stages=stages)
            except ValueError as error:
                raise SpaceInvalid(f"the recipe of {candidate.id} says {error}") from error
    raise AssertionError("the usual freeze depth is always there")
