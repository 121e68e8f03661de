"""Embedded nets with their weights, read from the tree."""

import json
from pathlib import Path

import timm
from safetensors.torch import load_file
from torch import nn

from automl_tl.model.plain_net import PlainNet
from automl_tl.zoo.timm_layout import PLAIN

WEIGHTS = Path(__file__).parents[1] / "weights"


def load(folder: Path, *, pretrained: bool = True) -> nn.Module:
    """The net in ``folder`` without a classifier, float32; ``pretrained`` False leaves its fresh weights."""
    config = json.loads((folder / "config.json").read_text())
    if config["architecture"] != PLAIN:
        module: nn.Module = timm.create_model(f"local-dir:{folder}", pretrained=pretrained, num_classes=0)
        return module
    plain = PlainNet(**config["model_args"])
    if pretrained:
        plain.load_state_dict(load_file(folder / "model.safetensors"))
    return plain
