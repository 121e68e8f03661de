"""Candidates for sounds: transformers' sound encoders, and nets that see log-mel spectrograms."""

import json
from typing import Any

from torch import nn

from automl_tl.domain.dataset import Modality
from automl_tl.model.sound_encoder import MODELS, backbone_of
from automl_tl.model.sound_spec import SoundPreprocessing
from automl_tl.model.spec import BackboneSpec
from automl_tl.model.transformers_backbone import configuration
from automl_tl.zoo import timm_layout
from automl_tl.zoo.card import Card
from automl_tl.zoo.front_ends import FrontEnd, ast, audioset, picture, waveform, whisper
from automl_tl.zoo.transformers_layout import read_pretrained

_WAVEFORM_READERS = frozenset({"wav2vec2", "hubert", "wavlm"})


def preprocessing(card: Card, *, samples: int | None, size: int | None) -> SoundPreprocessing:
    """What the weights want to hear, of sounds of so many ``samples`` (None: of the longest there may be).

    Nets for pictures are shown a square spectrogram, of ``size`` if that is given.
    """
    found = _encoder(card) if card.library == "transformers" else _spectrogram(card, size=size)
    return found.longest if samples is None else found.fitted(samples)


def arguments(card: Card, look: SoundPreprocessing) -> dict[str, Any]:
    """What ``sound_encoder.from_arguments`` needs, or timm's constructor."""
    if card.library != "transformers":
        size = look.size or max(look.geometry[1:])
        return timm_layout.arguments(card, size=size, channels=look.channels)
    config = {key: value for key, value in card.config.items() if not key.startswith("_")}
    return {"config": config, "masked": _is_masked(card)}


def load_pretrained(card: Card, spec: BackboneSpec) -> nn.Module:
    """The encoder with the card's weights, every one of them found; raises CandidateFailed."""
    import transformers

    given: Any = json.loads(json.dumps(spec.arguments))
    model_class = getattr(transformers, MODELS[card.architecture])
    config = configuration(card.architecture, given["config"])
    return backbone_of(read_pretrained(model_class, card, config=config, goes_unused=_goes_unused), given)


def _goes_unused(name: str) -> bool:
    """Masks of pretraining, and decoders, are no part of the backbone."""
    return name == "masked_spec_embed" or name.startswith("decoder.")


def _encoder(card: Card) -> FrontEnd:
    published, config = card.pictures, card.config
    known = configuration(card.architecture, dict(config))
    if card.architecture in _WAVEFORM_READERS:
        return waveform(published)
    if card.architecture == "whisper":
        return whisper(published, bands=known.num_mel_bins, places=known.max_source_positions)
    return ast(
        published,
        bands=known.num_mel_bins,
        frames=known.max_length,
        patch=known.patch_size,
        stride=known.time_stride,
    )


def _is_masked(card: Card) -> bool:
    """Whether the encoder was pretrained to look away from padding, as those with layer norms were."""
    if card.architecture not in _WAVEFORM_READERS:
        return False
    by_norm = card.config.get("feat_extract_norm", "group") == "layer"
    return bool(card.pictures.get("return_attention_mask", by_norm))


def _spectrogram(card: Card, *, size: int | None) -> FrontEnd:
    channels, height, width = timm_layout.input_size(card.config, card.arguments)
    if card.modality == Modality.AUDIO:
        return audioset(frames=height, bands=width, channels=channels)
    return picture(size=size or max(height, width), channels=channels)
