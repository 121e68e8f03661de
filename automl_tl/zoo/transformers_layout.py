"""Candidates in transformers' layout: ``config.json``, ``preprocessor_config.json``, safetensors."""

import inspect
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import nn

from automl_tl.domain.candidate import Recipe
from automl_tl.domain.dataset import Modality
from automl_tl.errors import CandidateFailed, CandidateUnknown
from automl_tl.model.problem import BackboneUnknown
from automl_tl.model.sound_encoder import MODELS
from automl_tl.model.spec import TOKENIZER, BackboneSpec, ImagePreprocessing
from automl_tl.model.transformers_backbone import configuration, from_arguments
from automl_tl.zoo.card import Card

_RESAMPLING = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic"}  # Pillow's numbers
_STATISTICS = (0.5, 0.5, 0.5)
_READ = {"pixel_values": Modality.IMAGE, "input_ids": Modality.TEXT}  # by the name of their main input
_HEARD = dict.fromkeys(MODELS, Modality.AUDIO)  # by model type


def card(
    config: Mapping[str, Any],
    *,
    pictures: Mapping[str, Any],
    weights: Path | None,
    tokenizer: Callable[[], bytes | None] = lambda: None,
) -> Card:
    """What a ``config.json`` of transformers says; raises CandidateUnknown when no model here reads it.

    ``tokenizer`` reads the file beside it, None where there is none; it is asked for by text models alone.
    """
    model_type = str(config.get("model_type"))
    try:
        model = _model_class(model_type, config)
    except (BackboneUnknown, KeyError, TypeError, ValueError) as error:
        raise CandidateUnknown(
            f"model type {model_type!r} is none that transformers builds: {error}"
        ) from error
    modality = _HEARD.get(model_type) or _READ.get(getattr(model, "main_input_name", ""))
    if modality is None or (config.get("is_encoder_decoder") and modality is not Modality.AUDIO):
        raise CandidateUnknown(
            f"model type {model_type!r} reads neither pictures nor texts alone, and hears no sounds"
        )
    content = tokenizer() if modality is Modality.TEXT else None
    ours = config.get("automl_tl", {})
    return Card(
        library="transformers",
        architecture=model_type,
        config=config,
        arguments={"options": {"add_pooling_layer": False}} if _has_optional_pooler(model) else {},
        pictures=pictures,
        weights=weights,
        licence=ours.get("license"),
        revision=ours.get("revision"),
        recipe=Recipe(**ours.get("recipe", {})),
        modality=modality,
        files={} if content is None else {TOKENIZER: content},
    )


def preprocessing(card: Card, *, image_size: int | None) -> ImagePreprocessing:
    """What the weights want to see, at their own size or, the whole picture, at ``image_size``."""
    wanted = card.pictures
    channels = int(card.config.get("num_channels", 3))
    resize = _side(wanted.get("size")) or _side(card.config.get("image_size")) or 224
    crop = _side(wanted.get("crop_size")) if wanted.get("do_center_crop") else None
    # ConvNeXt and its kin name the share that is cut out of smaller pictures, and no crop size.
    share = float(wanted.get("crop_pct") or 1.0) if crop is None else min(1.0, crop / resize)
    shortest = crop is not None or "shortest_edge" in (wanted.get("size") or {})
    return ImagePreprocessing(
        size=image_size or crop or resize,
        mean=_per_channel(wanted.get("image_mean"), channels),
        std=_per_channel(wanted.get("image_std"), channels),
        interpolation=_RESAMPLING.get(wanted.get("resample", 2), "bilinear"),
        crop_share=1.0 if image_size else share,
        crop_mode="center" if shortest else "squash",
        channels=channels,
    )


def arguments(card: Card, *, size: int, channels: int) -> dict[str, Any]:
    """What ``from_arguments`` needs; positions stretch to a size not the net's own."""
    config = {key: value for key, value in card.config.items() if not key.startswith("_")}
    config["num_channels"] = channels
    found = {"config": config, **card.arguments}
    own = _side(card.config.get("image_size"))
    return found | ({"interpolate": True} if own and own != size and _stretches(card) else {})


def load_pretrained(card: Card, spec: BackboneSpec) -> nn.Module:
    """The backbone with the card's weights, every one of them found; raises CandidateFailed."""
    backbone = from_arguments(spec.architecture, json.loads(json.dumps(spec.arguments)))
    options = card.arguments.get("options", {})
    backbone.model = read_pretrained(type(backbone.model), card, config=backbone.model.config, **options)
    return backbone


def read_pretrained(
    model_class: Any,
    card: Card,
    *,
    config: Any,
    goes_unused: Callable[[str], bool] = lambda name: False,
    **options: Any,
) -> Any:
    """A model of transformers with the card's weights, every one of them found; raises CandidateFailed.

    What ``goes_unused`` may be missing.
    """
    import transformers

    if card.weights is None:
        raise CandidateFailed(f"the weights of {card.architecture} are not on this machine")
    transformers.logging.set_verbosity_error()  # what is missing is told below
    transformers.logging.disable_progress_bar()
    try:
        model, found = model_class.from_pretrained(
            card.weights.parent,
            config=config,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
            dtype=torch.float32,
            **options,
        )
    except (OSError, RuntimeError, ValueError, SafetensorError) as error:
        raise CandidateFailed(f"{card.weights} does not fit {card.architecture}: {error}") from error
    missing = sorted(name for name in found["missing_keys"] if not goes_unused(name))
    if missing:
        raise CandidateFailed(
            f"{card.weights} lacks {len(missing)} tensors of {card.architecture}, {missing[0]} first"
        )
    return model


def _side(size: object) -> int | None:
    """One side in pixels, from a number, a pair, or an object with height or shortest_edge."""
    if isinstance(size, Mapping):
        size = size.get("shortest_edge") or size.get("height")
    if isinstance(size, (list, tuple)) and size:
        size = size[0]
    return int(size) if isinstance(size, (int, float)) else None


def _per_channel(values: Any, channels: int) -> tuple[float, ...]:
    found = tuple(float(value) for value in values or _STATISTICS)
    return found if len(found) == channels else (sum(found) / len(found),) * channels


def _model_class(model_type: str, config: Mapping[str, Any]) -> Any:
    """The class that AutoModel would build; KeyError: none. What it imports takes half a second."""
    import transformers

    return transformers.MODEL_MAPPING[type(configuration(model_type, dict(config)))]


def _has_optional_pooler(model: type) -> bool:
    return "add_pooling_layer" in inspect.signature(model).parameters


def _stretches(card: Card) -> bool:
    model = _model_class(card.architecture, card.config)
    return "interpolate_pos_encoding" in inspect.signature(model.forward).parameters
