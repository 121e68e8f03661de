"""The embedded nets of pictures: their shapes, and how each is pretrained and fine-tuned."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import timm
import torch
from timm.layers import Attention
from torch import nn

from automl_tl.model.plain_net import PlainNet
from automl_tl.zoo.embedded.pictures import DESCRIPTION
from automl_tl.zoo.embedded.placement import SIDE

PLAIN = "automl_tl.plain_net"
MEAN = 0.5
STD = 0.5
"""Of what pictures hold, in [0, 1], before they are read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Net:
    """One embedded net; ``model_args`` are JSON values."""

    name: str
    family: str
    architecture: str
    model_args: Mapping[str, Any]
    first_conv: str
    classifier: str
    pretraining_learning_rate: float  # AdamW, batches of 256
    pretraining_steps: int
    teacher: str | None = None  # an embedded net that is trained first, and whose features this one learns
    learning_rate: float  # fine-tuning's default, AdamW, batches of 32
    freeze_depth: int = 0
    input_size: tuple[int, int, int] = (3, SIDE, SIDE)
    mean: float = MEAN
    std: float = STD
    tag: str = "drawn"
    pretraining_data: str = DESCRIPTION

    def build(self, *, classes: int = 0) -> nn.Module:
        """The net with fresh weights; without classes it gives pooled features."""
        if self.architecture == PLAIN:
            return PlainNet(num_classes=classes, **self.model_args)
        module: nn.Module = timm.create_model(self.architecture, num_classes=classes, **self.model_args)
        return module


NETS = (
    Net(
        name="tiny_resnet",
        family="residual",
        architecture="test_resnet",
        model_args={"output_stride": 8},
        first_conv="conv1.0",
        classifier="fc",
        pretraining_learning_rate=3e-3,
        pretraining_steps=4000,
        learning_rate=3e-3,
    ),
    Net(
        name="tiny_plain",
        family="plain",
        architecture=PLAIN,
        model_args={"widths": [32, 64, 96, 128], "layers": 2},
        first_conv="stem.0",
        classifier="head",
        pretraining_learning_rate=3e-3,
        pretraining_steps=4000,
        learning_rate=3e-3,
    ),
    Net(
        name="tiny_efficientnet",
        family="mobile",
        architecture="test_efficientnet",
        model_args={"output_stride": 8},
        first_conv="conv_stem",
        classifier="classifier",
        pretraining_learning_rate=3e-3,
        pretraining_steps=2500,
        learning_rate=3e-3,
    ),
    Net(
        name="tiny_vit",
        family="transformer",
        architecture="test_vit",
        model_args={
            "img_size": 32,
            "patch_size": 4,
            "depth": 5,
            "class_token": False,
            "global_pool": "avg",
        },
        first_conv="patch_embed.proj",
        classifier="head",
        pretraining_learning_rate=1.5e-3,
        pretraining_steps=2000,
        teacher="tiny_resnet",
        learning_rate=1e-3,
    ),
)


def quickened(module: nn.Module) -> nn.Module:
    """The module in the memory layout, and with the attention, that train fastest on a CPU in bfloat16."""
    for part in module.modules():
        if isinstance(part, Attention):
            part.fused_attn = False
    return module.train().to(memory_format=torch.channels_last)
