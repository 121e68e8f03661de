"""What a person asks of an export, beside the name and the folder."""

from dataclasses import dataclass
from enum import StrEnum

from automl_tl.domain.prediction import CHAMPION

TOLERANCE = 1e-5


class ExportFormat(StrEnum):
    """What a model is exported as."""

    SAFETENSORS = "safetensors"
    ONNX = "onnx"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportTerms:
    """``alias`` may be a version's number; ``tolerance`` is how far a probability may be from torch's."""

    form: ExportFormat
    alias: str = CHAMPION
    tolerance: float = TOLERANCE
