"""Candidates in timm's layout: architecture, arguments and ``pretrained_cfg`` beside a safetensors file."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import timm
import torch
from timm.data import resolve_data_config
from timm.models import PretrainedCfg
from torch import nn

from automl_tl.domain.candidate import Recipe
from automl_tl.domain.dataset import Modality
from automl_tl.errors import CandidateFailed, CandidateUnknown
from automl_tl.model.backbone import build_backbone
from automl_tl.model.spec import BackboneSpec, ImagePreprocessing
from automl_tl.zoo.card import Card
from automl_tl.zoo.weights import read_weights

PLAIN = "automl_tl.plain_net"
_INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos")
_KNOWN = frozenset(field.name for field in fields(PretrainedCfg))


def card(config: Mapping[str, Any], *, weights: Path | None) -> Card:
    """What a ``config.json`` in timm's layout says; raises CandidateUnknown: no such architecture."""
    architecture = config.get("architecture")
    if architecture != PLAIN and not timm.is_model(str(architecture)):
        raise CandidateUnknown(f"architecture {architecture!r}, but timm {timm.__version__} does not know it")
    published = dict(config.get("pretrained_cfg", config))
    published |= {key: config[key] for key in ("num_classes",) if key in config}
    ours = config.get("automl_tl", {})
    given = {key: value for key, value in published.items() if key in _KNOWN}
    return Card(
        library="plain" if architecture == PLAIN else "timm",
        architecture=str(architecture),
        config=given,
        arguments=config.get("model_args", {}),
        weights=weights,
        licence=published.get("license"),
        revision=ours.get("revision"),
        recipe=Recipe(**ours.get("recipe", {})),
        modality=Modality.AUDIO if _is_of_spectrograms(given, config) else Modality.IMAGE,
    )


def input_size(config: Mapping[str, Any], arguments: Mapping[str, Any]) -> tuple[int, int, int]:
    """Channels, height and width of what weights were pretrained on."""
    channels, height, width = resolve_data_config(pretrained_cfg=dict(config))["input_size"]
    return int(arguments.get("in_chans", channels)), int(height), int(width)


def _is_of_spectrograms(config: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    """Frames by bands, in one channel: nets for pictures are square, or see colours."""
    channels, height, width = input_size(config, given.get("model_args", {}))
    return channels == 1 and height != width


def preprocessing(card: Card, *, image_size: int | None) -> ImagePreprocessing:
    """What the weights want to see, at their own size or at ``image_size``.

    At a size of the space's own the whole picture is kept: the published crop belongs to the published size,
    and the edges tell classes apart too (linear probe on TrashNet: .745 against .716).
    """
    found = resolve_data_config(pretrained_cfg=dict(card.config))
    channels = int(card.arguments.get("in_chans", found["input_size"][0]))
    interpolation = found["interpolation"]
    return ImagePreprocessing(
        size=image_size or max(found["input_size"][1:]),
        mean=_per_channel(found["mean"], channels),
        std=_per_channel(found["std"], channels),
        interpolation=interpolation if interpolation in _INTERPOLATIONS else "bicubic",
        crop_share=1.0 if image_size else float(found["crop_pct"]),
        crop_mode="squash" if found["crop_mode"] == "squash" else "center",
        channels=channels,
    )


def arguments(card: Card, *, size: int, channels: int) -> dict[str, Any]:
    """The constructor's arguments, with size and channels where the net has to be told."""
    found = dict(card.arguments)
    if channels != 3:
        found["in_chans"] = channels
    adapts = found.get("dynamic_img_size") or found.get("strict_img_size") is False
    if "img_size" in found or (card.config.get("fixed_input_size") and not adapts):
        found["img_size"] = size
    return found


def load_pretrained(card: Card, spec: BackboneSpec) -> nn.Module:
    """The backbone with the card's weights, every one of them found; raises CandidateFailed."""
    if card.weights is None:
        raise CandidateFailed(f"the weights of {card.architecture} are not on this machine")
    tensors = read_weights(card.weights)
    try:
        module = _plain(spec, tensors) if card.library == "plain" else _timm(card, spec, tensors)
    except (RuntimeError, KeyError, TypeError, ValueError, AssertionError, NotImplementedError) as error:
        raise CandidateFailed(f"{card.weights} does not fit {card.architecture}: {error}") from error
    _require_same(module, spec)
    return module


def _plain(spec: BackboneSpec, tensors: dict[str, torch.Tensor]) -> nn.Module:
    module = build_backbone(spec)
    module.load_state_dict({name: value for name, value in tensors.items() if not name.startswith("head.")})
    return module


def _timm(card: Card, spec: BackboneSpec, tensors: dict[str, torch.Tensor]) -> nn.Module:
    # With the classes it was trained on, timm wants every tensor to be there; without them it would
    # leave what it misses at random values and only log it.
    source = {"url", "file", "source", "hf_hub_id", "hf_hub_filename", "custom_load"}
    published = {key: value for key, value in card.config.items() if key not in source}
    module: nn.Module = timm.create_model(
        spec.architecture,
        pretrained=True,
        pretrained_cfg=published | {"state_dict": tensors},
        **spec.arguments,
    )
    module.reset_classifier(0)  # type: ignore[operator]
    return module


def _require_same(module: nn.Module, spec: BackboneSpec) -> None:
    """What is trained must be what serving builds from the spec alone."""
    with torch.device("meta"):
        served = {name: value.shape for name, value in build_backbone(spec).state_dict().items()}
    found = {name: value.shape for name, value in module.state_dict().items()}
    if found != served:
        odd = sorted(found.items() ^ served.items())
        raise CandidateFailed(
            f"{spec.architecture} without its classifier differs in {odd[0][0]} once it is saved"
        )


def _per_channel(values: Any, channels: int) -> tuple[float, ...]:
    found = tuple(float(value) for value in values)
    return found if len(found) == channels else (sum(found) / len(found),) * channels
