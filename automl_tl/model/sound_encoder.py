"""Sound encoders of transformers as backbones: what a front end gives in, pooled features out."""

import os
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from automl_tl.model.sound_input import lengths_of
from automl_tl.model.transformers_backbone import configuration

MODELS = {
    "wav2vec2": "Wav2Vec2Model",
    "hubert": "HubertModel",
    "wavlm": "WavLMModel",
    "whisper": "WhisperModel",
    "audio-spectrogram-transformer": "ASTModel",
}
"""Model types that are read, and transformers' class of each."""

_OUT_OF_SIGHT = -1e4  # added to attention's logits; nothing is left of their exponentials, even in float16


def from_arguments(model_type: str, arguments: dict[str, Any]) -> nn.Module:
    """A backbone of random weights: ``config`` is config.json's object, ``masked`` waveform encoders' own."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # read when it is imported
    import transformers

    model_class: Any = getattr(transformers, MODELS[model_type])
    config = configuration(model_type, arguments["config"])
    if model_type == "whisper":
        config.decoder_layers = 0  # only the encoder is used
    return backbone_of(model_class._from_config(config, dtype=torch.float32), arguments)


def backbone_of(model: Any, arguments: dict[str, Any]) -> nn.Module:
    """The parts of a whole model that make its backbone, weights and all."""
    model_type = model.config.model_type
    if model_type == "whisper":
        return WhisperBackbone(model.encoder)
    if model_type == "audio-spectrogram-transformer":
        return SpectrogramTransformer(model)
    return WaveformEncoder(model, masked=bool(arguments.get("masked", False)))


class WaveformEncoder(nn.Module):
    """wav2vec 2.0, HuBERT, WavLM: waveforms [B, T] whose padding is 0 to the mean [B, F] over their frames.

    ``masked`` encoders were pretrained to look away from padding. No layer is dropped while training.
    """

    def __init__(self, model: Any, *, masked: bool) -> None:
        super().__init__()
        config, encoder = model.config, model.encoder
        self.masked = masked
        self.gated = config.model_type == "wavlm"
        self.projects_in_pair = config.model_type != "hubert"  # the others give what was projected, too
        self.steps = tuple(zip(config.conv_kernel, config.conv_stride, strict=True))
        self.norm_first = bool(config.do_stable_layer_norm)
        self.convolutions = nn.Sequential(*model.feature_extractor.conv_layers)
        self.projection = model.feature_projection
        self.positions = encoder.pos_conv_embed
        if not self.norm_first:
            self.entry_norm = encoder.layer_norm
        self.dropout = encoder.dropout
        self.layers = nn.ModuleList(map(_GatedLayer, encoder.layers)) if self.gated else encoder.layers
        if self.norm_first:
            self.final_norm = encoder.layer_norm

    def forward(self, x: Tensor) -> Tensor:
        """Features [B, F] of waveforms [B, T]."""
        hidden = self.projection(self.convolutions(x.unsqueeze(1)).transpose(1, 2))
        if self.projects_in_pair:
            hidden = hidden[0]
        inside = self._inside(x, frames=hidden.shape[1])
        if self.masked:
            hidden = hidden * inside.unsqueeze(2)
        hidden = hidden + self.positions(hidden)
        hidden = self.dropout(hidden if self.norm_first else self.entry_norm(hidden))
        hidden = self._gated(hidden, inside) if self.gated else self._plain(hidden, inside)
        if self.norm_first:
            hidden = self.final_norm(hidden)
        found: Tensor = (hidden * inside.unsqueeze(2)).sum(dim=1) / inside.sum(dim=1, keepdim=True)
        return found

    def _plain(self, hidden: Tensor, inside: Tensor) -> Tensor:
        mask = ((1.0 - inside) * _OUT_OF_SIGHT)[:, None, None, :] if self.masked else None
        for layer in self.layers:
            hidden = layer(hidden, attention_mask=mask)
        return hidden

    def _gated(self, hidden: Tensor, inside: Tensor) -> Tensor:
        """WavLM's first layer holds what all layers know about distances: [heads, frames, frames]."""
        frames = hidden.shape[1]
        attention: Any = self.layers[0].get_submodule("layer.attention")
        distances = attention.compute_bias(frames, frames)
        mask = inside if self.masked else None
        for layer in self.layers:
            hidden = layer(hidden, distances, mask)
        return hidden

    def _inside(self, x: Tensor, *, frames: int) -> Tensor:
        """1 where a frame lies before the padding, 0 elsewhere, float32 [B, frames]; never all 0."""
        length = lengths_of(x)
        for kernel, stride in self.steps:
            length = torch.div(length - kernel, stride, rounding_mode="floor") + 1
        return (torch.arange(frames, device=x.device) < length.clamp_min(1).unsqueeze(1)).float()


class _GatedLayer(nn.Module):
    """A layer of WavLM that repeats the distances for each sample itself: they pass a boundary once."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, hidden: Tensor, distances: Tensor, mask: Tensor | None) -> Tensor:
        """``hidden`` [B, frames, F], ``distances`` [heads, frames, frames], ``mask`` [B, frames] or None."""
        if mask is not None:
            mask = (mask > 0.5).float()  # the layer compares with 1, and activations are jittered and mixed
        found: Tensor = self.layer(hidden, mask, distances.repeat(hidden.shape[0], 1, 1))[0]
        return found


class WhisperBackbone(nn.Module):
    """Whisper's encoder: log-mel frames [B, bands, frames], of at most 30 s, to their mean [B, F]."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.conv1, self.conv2 = encoder.conv1, encoder.conv2
        self.embed_positions = encoder.embed_positions
        self.dropout = nn.Dropout(encoder.dropout)
        self.layers = encoder.layers
        self.layer_norm = encoder.layer_norm

    def forward(self, x: Tensor) -> Tensor:
        """Features [B, F] of log-mel frames [B, bands, frames]."""
        hidden = F.gelu(self.conv2(F.gelu(self.conv1(x)))).transpose(1, 2)
        places = torch.arange(hidden.shape[1], device=x.device)
        hidden = self.dropout(hidden + self.embed_positions(places))
        for layer in self.layers:
            hidden = layer(hidden, None)
        found: Tensor = self.layer_norm(hidden).mean(dim=1)
        return found


class SpectrogramTransformer(nn.Module):
    """AST: log-mel frames [B, frames, bands], at most as many as it was pretrained on, to features [B, F].

    Its two tokens' mean; shorter sounds take the first places of the pretrained grid.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        config = model.config
        self.bands_out, self.frames_out = model.embeddings.get_shape(config)
        self.embeddings = model.embeddings
        self.layers = model.layers
        self.layernorm = model.layernorm

    def forward(self, x: Tensor) -> Tensor:
        """Features [B, F] of log-mel frames [B, frames, bands]."""
        parts = self.embeddings
        patches = parts.patch_embeddings(x)
        tokens = torch.cat([parts.cls_token, parts.distillation_token], dim=1)
        tokens = tokens.expand(x.shape[0], -1, -1)
        hidden = parts.dropout(torch.cat([tokens, patches], dim=1) + self._places(patches.shape[1]))
        for layer in self.layers:
            hidden = layer(hidden)
        found: Tensor = self.layernorm(hidden)[:, :2].mean(dim=1)
        return found

    def _places(self, patches: int) -> Tensor:
        """Position embeddings [1, 2 + patches, F]."""
        known = self.embeddings.position_embeddings
        grid = known[:, 2:].unflatten(1, (self.bands_out, self.frames_out))
        return torch.cat([known[:, :2], grid[:, :, : patches // self.bands_out].flatten(1, 2)], dim=1)
