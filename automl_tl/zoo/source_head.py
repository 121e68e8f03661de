"""The classifier that weights came with, where its inputs are the pooled features."""

from safetensors import SafetensorError, safe_open
from torch import Tensor

from automl_tl.errors import CandidateFailed
from automl_tl.zoo.card import Card


def source_head(card: Card, *, features: int) -> tuple[Tensor, Tensor] | None:
    """Weight [Z, F] and bias [Z] of timm's last layer, from the weights' file; None: no such layer.

    Raises CandidateFailed when the file is damaged.
    """
    name = card.config.get("classifier")
    if card.library != "timm" or card.weights is None or not isinstance(name, str):
        return None
    names = (f"{name}.weight", f"{name}.bias")
    try:
        with safe_open(card.weights, framework="pt") as file:
            if not set(names) <= set(file.keys()):
                return None
            weight, bias = (file.get_tensor(each).float() for each in names)
    except (OSError, SafetensorError) as error:
        raise CandidateFailed(f"{card.weights} cannot be read as safetensors: {error}") from error
    weight = weight.flatten(start_dim=1)  # some are 1 × 1 convolutions
    return (weight, bias) if weight.shape == (len(bias), features) and len(bias) > 1 else None
