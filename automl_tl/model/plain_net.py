"""A small plain convolutional net without shortcuts, in the manner of VGG, that speaks timm's protocol."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


class PlainNet(nn.Module):
    """Stages of 3x3 convolutions with batch norm and ReLU; Simonyan & Zisserman, arXiv 1409.1556.

    The stem halves the picture's side, and so does each of the first two steps from stage to stage:
    32 pixels leave 4x4 positions. Any side from 8 pixels on works.
    """

    def __init__(
        self,
        *,
        in_chans: int = 3,
        num_classes: int = 0,
        widths: Sequence[int] = (32, 64, 96, 128),
        layers: int = 2,
    ) -> None:
        """``widths`` has the channels of each stage, ``layers`` the convolutions in each."""
        super().__init__()
        self.widths = tuple(widths)
        self.num_features = self.widths[-1]
        self.stem = _convolution(in_chans, self.widths[0], stride=2)
        before = (self.widths[0], *self.widths[:-1])
        self.stages = nn.ModuleList(
            _stage(entering, width, layers=layers, halves=0 < index < 3)
            for index, (entering, width) in enumerate(zip(before, self.widths, strict=True))
        )
        self.head = _classifier(self.num_features, num_classes)
        _initialise(self)

    def forward_features(self, x: Tensor) -> Tensor:
        """Maps (n, num_features, height / 8, width / 8) from pictures (n, channels, height, width)."""
        x = self.stem(x)
        for stage in self.stages:
            x = stage(x)
        return x

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:
        """Logits (n, classes) from maps; with ``pre_logits`` the pooled features (n, num_features)."""
        pooled = x.mean(dim=(2, 3))
        return pooled if pre_logits else torch.as_tensor(self.head(pooled))

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n, classes), or pooled features (n, num_features) where there is no class."""
        return self.forward_head(self.forward_features(x))

    def group_matcher(self, coarse: bool = False) -> dict[str, Any]:
        """Which stage a parameter belongs to, as timm asks it: the stem, then the stages in order."""
        return {"stem": r"^stem", "blocks": r"^stages\.(\d+)" if coarse else r"^stages\.(\d+)\.(\d+)"}

    def get_classifier(self) -> nn.Module:
        """The last layer."""
        return self.head

    def reset_classifier(self, num_classes: int) -> None:
        """Put a fresh last layer on; 0 classes leave the pooled features."""
        self.head = _classifier(self.num_features, num_classes)


def _convolution(entering: int, leaving: int, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(entering, leaving, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(leaving),
        nn.ReLU(),
    )


def _stage(entering: int, width: int, *, layers: int, halves: bool) -> nn.Sequential:
    parts: list[nn.Module] = [nn.MaxPool2d(2)] if halves else []
    parts += [_convolution(entering if layer == 0 else width, width) for layer in range(layers)]
    return nn.Sequential(*parts)


def _classifier(features: int, classes: int) -> nn.Module:
    return nn.Linear(features, classes) if classes else nn.Identity()


def _initialise(net: nn.Module) -> None:
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
