"""One embedded net of timm's or of our own: its shape, and how it is pretrained and fine-tuned."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import timm
import torch
from timm.layers import Attention
from torch import nn

from automl_tl.model.plain_net import PlainNet
from automl_tl.zoo.timm_layout import PLAIN


@dataclass(frozen=True, kw_only=True, slots=True)
class Net:
    """One embedded net; ``model_args`` are JSON values."""

    name: str
    family: str
    architecture: str
    model_args: Mapping[str, Any]
    first_conv: str
    classifier: str
    pretraining_learning_rate: float  # AdamW
    pretraining_steps: int
    teacher: str | None = None  # an embedded net that is trained first, and whose features this one learns
    learning_rate: float  # fine-tuning's default, AdamW
    freeze_depth: int = 0
    input_size: tuple[int, int, int]  # channels, height, width
    mean: float
    std: float
    tag: str
    pretraining_data: str

    def build(self, *, classes: int = 0) -> nn.Module:
        """The net with fresh weights; without classes it gives pooled features."""
        if self.architecture == PLAIN:
            return PlainNet(num_classes=classes, **self.model_args)
        module: nn.Module = timm.create_model(self.architecture, num_classes=classes, **self.model_args)
        return module


def quickened(module: nn.Module) -> nn.Module:
    """The module in the memory layout, and with the attention, that train fastest on a CPU in bfloat16."""
    for part in module.modules():
        if isinstance(part, Attention):
            part.fused_attn = False
    return module.train().to(memory_format=torch.channels_last)
