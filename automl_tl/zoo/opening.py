"""Opens a candidate whose card is known: its backbone in memory, and the facts about it."""

from dataclasses import replace

import torch
from torch import nn

from automl_tl.domain.candidate import Candidate, CandidateFacts
from automl_tl.domain.space import depth
from automl_tl.errors import CandidateFailed, SpaceInvalid
from automl_tl.model.backbone import build_backbone
from automl_tl.model.prepared import blank, normalise
from automl_tl.model.problem import ModelProblem
from automl_tl.model.spec import BackboneSpec, ImagePreprocessing
from automl_tl.zoo import timm_layout, transformers_layout
from automl_tl.zoo.base import Backbone
from automl_tl.zoo.card import Card
from automl_tl.zoo.costs import Costs, measure_costs
from automl_tl.zoo.source_head import source_head
from automl_tl.zoo.stages import encoder_stages, timm_stages
from automl_tl.zoo.weights import sha256

USUAL_FREEZE_DEPTH = "50%"


def open_backbone(card: Card, candidate: Candidate, *, pretrained: bool) -> Backbone:
    """The backbone of a card in eval mode; raises CandidateFailed when it cannot be built or loaded."""
    layout = transformers_layout if card.library == "transformers" else timm_layout
    look = layout.preprocessing(card, image_size=candidate.image_size)
    spec = BackboneSpec(
        library=card.library,
        architecture=card.architecture,
        features=0,
        arguments=layout.arguments(card, size=look.size, channels=look.channels),
    )
    try:
        module = layout.load_pretrained(card, spec) if pretrained else build_backbone(spec)
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
    )


def open_facts(card: Card, candidate: Candidate) -> CandidateFacts:
    """Everything about a candidate that its bytes tell; raises CandidateFailed, SpaceInvalid."""
    backbone = open_backbone(card, candidate, pretrained=True)
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
        image_size=backbone.preprocessing.size,
        learning_rate=_learning_rate(card, candidate, backbone.module),
        freeze_depth=_freeze_depth(card, candidate, stages=len(backbone.stages)),
        weights_sha256=sha256(weights),
        size_bytes=sum(tensor.numel() * tensor.element_size() for tensor in tensors),
        licence=candidate.licence or card.licence,
        revision=candidate.revision or card.revision,
    )


def _features(module: nn.Module, look: ImagePreprocessing, *, candidate: Candidate) -> int:
    module.eval()
    try:
        with torch.no_grad():
            found = module(normalise(blank(look, 1), look))
    except (RuntimeError, ValueError, AssertionError) as error:
        raise CandidateFailed(
            f"{candidate.id} does not run on pictures of {look.size} × {look.size}: {error}"
        ) from error
    if found.ndim != 2:
        raise CandidateFailed(
            f"{candidate.id} gives {found.ndim - 1} axes a picture, but pooled features are one"
        )
    return int(found.shape[1])


def _costs(backbone: Backbone) -> Costs:
    look = backbone.preprocessing
    return measure_costs(backbone.module, backbone.stages, sample=normalise(blank(look, 1), look))


def _learning_rate(card: Card, candidate: Candidate, module: nn.Module) -> float:
    """AdamW's usual rates for fine-tuning: batch norm forgives larger steps than layer norm does."""
    published = candidate.recipe.learning_rate or card.recipe.learning_rate
    has_batch_norm = any(isinstance(layer, nn.modules.batchnorm._BatchNorm) for layer in module.modules())
    return published or (3e-4 if has_batch_norm else 1e-4)


def _freeze_depth(card: Card, candidate: Candidate, *, stages: int) -> int:
    for entry in (candidate.recipe.freeze_depth, card.recipe.freeze_depth, USUAL_FREEZE_DEPTH):
        if entry is not None:
            try:
                return depth(entry, stages=stages)
            except ValueError as error:
                raise SpaceInvalid(f"the recipe of {candidate.id} says {error}") from error
    raise AssertionError("the usual freeze depth is always there")
