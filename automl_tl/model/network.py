"""Backbone and linear head as one network, and the normalisation of what goes in."""

import torch
from torch import Tensor, nn

from automl_tl.model.spec import ImagePreprocessing


class Network(nn.Module):
    """Maps normalised pictures [B, C, S, S] to logits [B, K]."""

    def __init__(self, *, backbone: nn.Module, features: int, classes: int) -> None:
        """A head of zeros: every class is equally likely before training, whatever the features' scale."""
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(features, classes)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [B, K] of normalised pictures [B, C, S, S]."""
        logits: Tensor = self.head(self.backbone(x))
        return logits


def normalise(pictures: Tensor, preprocessing: ImagePreprocessing) -> Tensor:
    """Float32 pictures [B, C, S, S] as the weights want them, from uint8 [B, C, S, S], on the same device."""
    shape = (1, preprocessing.channels, 1, 1)
    mean = torch.tensor(preprocessing.mean, device=pictures.device).view(shape)
    std = torch.tensor(preprocessing.std, device=pictures.device).view(shape)
    return (pictures.float() / 255.0 - mean) / std
