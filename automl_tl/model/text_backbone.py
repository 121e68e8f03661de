"""A text model of transformers as a backbone: ids of tokens in, pooled features out."""

from typing import Any

import torch
from torch import Tensor, nn

MEAN, LAST = "mean", "last"
_INSIDE = 0.5  # an outline is 1 over tokens and 0 over padding, and may have been jittered


class TextBackbone(nn.Module):
    """Maps ids [B, L] of tokens, −1 behind the last, to features [B, F].

    Encoders' features are the mean over tokens (``mean``); decoders' are the last token's (``last``), the
    only one that has seen them all.
    """

    def __init__(self, model: Any, *, pooling: str) -> None:
        super().__init__()
        self.model = model
        self.pooling = pooling
        model.config.use_cache = False
        padding = getattr(model.config, "pad_token_id", None)
        self._padding = padding if padding is not None and 0 <= padding < model.config.vocab_size else 0

    def forward(self, x: Tensor) -> Tensor:
        """Features [B, F] of ids [B, L]."""
        is_token = x >= 0
        ids = torch.where(is_token, x, self._padding).long()
        hidden: Tensor = self.model(input_ids=ids, attention_mask=is_token.long()).last_hidden_state
        return _last(hidden, is_token) if self.pooling == LAST else _mean(hidden, is_token)

    def outline(self, x: Tensor) -> Tensor:
        """All that layers know of ``x`` beside hidden states: float32 [B, L], 1 for tokens, 0 behind."""
        return torch.where(x >= 0, 1.0, 0.0)

    def outlined(self, outline: Tensor) -> Tensor:
        """Ids int32 [B, L] of that outline; which tokens they are means nothing."""
        return torch.where(outline > _INSIDE, 0, -1).int()


def _mean(hidden: Tensor, is_token: Tensor) -> Tensor:
    shares = is_token.unsqueeze(-1).to(hidden.dtype)
    return (hidden * shares).sum(dim=1) / shares.sum(dim=1)


def _last(hidden: Tensor, is_token: Tensor) -> Tensor:
    places = is_token.sum(dim=1) - 1
    return hidden[torch.arange(len(hidden), device=hidden.device), places]
