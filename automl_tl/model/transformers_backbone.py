"""An image model of transformers as a backbone: pictures in, pooled features out."""

import os
from typing import Any

import torch
from torch import Tensor, nn

from automl_tl.model.problem import BackboneUnknown
from automl_tl.model.text_backbone import TextBackbone


class TransformersBackbone(nn.Module):
    """Maps pictures [B, C, S, S] to features [B, F].

    The features are the model's own pooled output where it has one, else the class token, else the mean over
    tokens or positions.
    """

    def __init__(self, model: nn.Module, *, interpolate: bool = False) -> None:
        """``interpolate`` lets position embeddings stretch to pictures of another size."""
        super().__init__()
        self.model = model
        self._options = {"interpolate_pos_encoding": True} if interpolate else {}
        self._has_class_token = any(name.endswith("cls_token") for name, _ in model.named_parameters())

    def forward(self, x: Tensor) -> Tensor:
        """Features [B, F] of normalised pictures [B, C, S, S]."""
        outputs = self.model(pixel_values=x, **self._options)
        pooled = getattr(outputs, "pooler_output", None)
        if pooled is not None:
            return torch.flatten(pooled, start_dim=1)
        hidden: Tensor = outputs.last_hidden_state
        if hidden.ndim == 4:
            return hidden.mean(dim=(2, 3))
        return hidden[:, 0] if self._has_class_token else hidden.mean(dim=1)


def from_arguments(model_type: str, arguments: dict[str, Any]) -> "TransformersBackbone | TextBackbone":
    """Build from ``config`` (config.json's object), ``options`` of the constructor.

    Of a text model also from ``pooling``, of an image model from ``interpolate``.
    """
    # The hub's telemetry reads this when it is imported.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    import transformers

    config = configuration(model_type, arguments["config"])
    options = dict(arguments.get("options", {}))
    model = transformers.AutoModel.from_config(config, dtype=torch.float32, **options)
    if "pooling" in arguments:
        return TextBackbone(model, pooling=str(arguments["pooling"]))
    return TransformersBackbone(model, interpolate=bool(arguments.get("interpolate", False)))


def configuration(model_type: str, config: dict[str, Any]) -> Any:
    """The configuration object of a config.json; code that such a file names is never run."""
    import transformers

    if "auto_map" in config:
        raise BackboneUnknown(f"{model_type} brings code of its own, but only transformers' own is run")
    rest = {key: value for key, value in config.items() if key != "model_type"}
    return transformers.AutoConfig.for_model(model_type, **rest)
