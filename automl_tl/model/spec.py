"""What a saved model is, as JSON: architecture, preprocessing, classes, temperature."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class BackboneSpec:
    """How to build a backbone without its weights.

    ``library`` is ``timm``, ``transformers`` or ``plain``; ``arguments`` are JSON values handed to its
    constructor; ``features`` is the width of the pooled output.
    """

    library: str
    architecture: str
    features: int
    arguments: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePreprocessing:
    """What the weights want to see.

    A picture is turned upright (EXIF), made RGB (or grey for one channel), resized so that its shorter side
    is ``size / crop_share``, cut to ``size`` × ``size`` pixels at the centre (``crop_mode`` ``center``) or
    squeezed to it (``squash``), scaled to [0, 1], and normalised per channel.
    """

    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    interpolation: str = "bilinear"
    crop_share: float = 1.0
    crop_mode: str = "center"
    channels: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """All that is needed beside the tensors; probabilities are softmax(logits / temperature)."""

    backbone: BackboneSpec
    preprocessing: ImagePreprocessing
    classes: tuple[str, ...]
    modality: str = "image"
    temperature: float = 1.0
    format_version: int = 1
