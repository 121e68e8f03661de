"""Backbone and linear head as one network."""

from torch import Tensor, nn


class Network(nn.Module):
    """Maps what ``normalise`` gives, [B, ...], to logits [B, K]."""

    def __init__(self, *, backbone: nn.Module, features: int, classes: int) -> None:
        """A head of zeros: every class is equally likely before training, whatever the features' scale."""
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(features, classes)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [B, K] of a batch [B, ...] as the backbone reads it."""
        logits: Tensor = self.head(self.backbone(x))
        return logits
