"""What a saved model is, as JSON: architecture, preprocessing, classes, temperature."""

from dataclasses import dataclass, field
from typing import ClassVar

from automl_tl.model.sound_spec import SoundPreprocessing

TOKENIZER = "tokenizer.json"
"""The file of the library tokenizers that lies beside the weights, and travels with a saved model."""
PADDING = -1
"""Stands behind a text's last id."""


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


# Each modality's preprocessing has, beside its own fields:
#   modality       the domain's word
#   dtype          of a prepared sample, NumPy's name
#   axes           how a batch of stored samples is permuted into a batch [B, *shape]
#   files          what lies beside the weights and is needed to prepare a sample
#   shape          of a prepared sample as the network is given it
#   stored_shape   of the same on disk
#   prepared_by    JSON values: all that a prepared sample depends on beside its bytes and ``files``


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePreprocessing:
    """What the weights want to see.

    A picture is turned upright (EXIF), made RGB (or grey for one channel), resized so that its shorter side
    is ``size / crop_share``, cut to ``size`` × ``size`` pixels at the centre (``crop_mode`` ``center``) or
    squeezed to it (``squash``), scaled to [0, 1], and normalised per channel.
    """

    modality: ClassVar[str] = "image"
    dtype: ClassVar[str] = "uint8"
    axes: ClassVar[tuple[int, ...]] = (0, 3, 1, 2)  # channels last on disk and in memory
    files: ClassVar[tuple[str, ...]] = ()

    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    interpolation: str = "bilinear"
    crop_share: float = 1.0
    crop_mode: str = "center"
    channels: int = 3

    @property
    def shape(self) -> tuple[int, ...]:
        """(C, S, S)."""
        return self.channels, self.size, self.size

    @property
    def stored_shape(self) -> tuple[int, ...]:
        """(S, S, C)."""
        return self.size, self.size, self.channels

    @property
    def prepared_by(self) -> tuple[object, ...]:
        """The geometry; mean and std are applied later."""
        return self.size, self.channels, self.interpolation, self.crop_mode, self.crop_share


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPreprocessing:
    """What the weights want to read.

    A text becomes the ids that its tokenizer gives, marks that it adds included; of longer texts the first
    ``length`` ids count (with the marks), shorter ones are followed by −1. ``tokenizer`` is the sha256 of the
    tokenizer's file, which lies beside the weights; ids are below ``vocabulary``.
    """

    modality: ClassVar[str] = "text"
    dtype: ClassVar[str] = "int32"
    axes: ClassVar[tuple[int, ...]] = (0, 1)
    files: ClassVar[tuple[str, ...]] = (TOKENIZER,)

    length: int
    tokenizer: str
    vocabulary: int

    @property
    def shape(self) -> tuple[int, ...]:
        """(L,)."""
        return (self.length,)

    @property
    def stored_shape(self) -> tuple[int, ...]:
        """(L,)."""
        return (self.length,)

    @property
    def prepared_by(self) -> tuple[object, ...]:
        """Length and tokenizer."""
        return "text", self.length, self.tokenizer


Preprocessing = ImagePreprocessing | TextPreprocessing | SoundPreprocessing
PREPROCESSINGS: dict[str, type[Preprocessing]] = {
    kind.modality: kind for kind in (ImagePreprocessing, TextPreprocessing, SoundPreprocessing)
}
"""By modality."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """All that is needed beside the tensors; probabilities are softmax(logits / temperature)."""

    backbone: BackboneSpec
    preprocessing: Preprocessing
    classes: tuple[str, ...]
    temperature: float = 1.0
    format_version: int = 1

    @property
    def modality(self) -> str:
        """What the model reads."""
        return self.preprocessing.modality
