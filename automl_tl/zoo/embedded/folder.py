"""A pretrained net on disk, in timm's local-dir layout: config.json and model.safetensors."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from automl_tl.zoo.embedded.net import Net


def write(folder: Path, *, net: Net, module: nn.Module) -> None:
    """Write ``module`` (without a classifier) below ``folder``; matrices and kernels are kept as float16."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / "model.safetensors"
    save_file({name: _stored(value) for name, value in module.state_dict().items()}, weights)
    config = _config(net, module=module, revision=hashlib.sha256(weights.read_bytes()).hexdigest()[:12])
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def multiply_adds(module: nn.Module, *, input_size: tuple[int, int, int]) -> int:
    """Multiplications with weights, and of queries, keys and values, for one picture [C, H, W]."""
    counted: list[int] = []
    with _counting(module, counted), torch.inference_mode():
        module.eval()(torch.zeros(1, *input_size))
    return sum(counted)


def _stored(value: Tensor) -> Tensor:
    small = value.half() if value.is_floating_point() and value.ndim > 1 else value
    return small.contiguous().clone()  # training leaves kernels with their channels last


def _config(net: Net, *, module: nn.Module, revision: str) -> dict[str, Any]:
    return {
        "architecture": net.architecture,
        "num_classes": 0,
        "num_features": module.num_features,
        "model_args": dict(net.model_args),
        "pretrained_cfg": {
            "tag": net.tag,
            "input_size": list(net.input_size),
            "fixed_input_size": False,
            "interpolation": "bilinear",
            "crop_pct": 1.0,
            "crop_mode": "center",
            "mean": [net.mean] * net.input_size[0],
            "std": [net.std] * net.input_size[0],
            "num_classes": 0,
            "pool_size": None,
            "first_conv": net.first_conv,
            "classifier": net.classifier,
            "license": "apache-2.0",
        },
        "automl_tl": {
            "family": net.family,
            "pretraining_data": net.pretraining_data,
            "parameters": sum(parameter.numel() for parameter in module.parameters()),
            "multiply_adds": multiply_adds(module, input_size=net.input_size),
            "recipe": {"learning_rate": net.learning_rate, "freeze_depth": net.freeze_depth},
            "revision": revision,
        },
    }


@contextmanager
def _counting(module: nn.Module, counted: list[int]) -> Iterator[None]:
    """While open, each convolution, linear layer and attention adds what it multiplies to ``counted``."""

    def count(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        if isinstance(layer, nn.Conv2d):
            counted.append(output.numel() * layer.weight[0].numel())
        elif isinstance(layer, nn.Linear):
            counted.append(output.numel() * layer.in_features)
        elif hasattr(layer, "fused_attn"):
            tokens, width = inputs[0].shape[1:]
            counted.append(2 * tokens * tokens * width)

    hooks = [part.register_forward_hook(count) for part in module.modules()]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
