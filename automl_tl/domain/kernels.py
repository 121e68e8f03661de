"""How a network's arithmetic is carried out while it trains."""

from dataclasses import dataclass
from enum import StrEnum


class Precision(StrEnum):
    """What products are computed in; weights, sums and what is saved are float32 in any case."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


class Layout(StrEnum):
    """In which order a picture's values lie in memory."""

    CHANNELS_LAST = "channels-last"
    CONTIGUOUS = "contiguous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernels:
    """The switches of one candidate; as they are by default, nothing was found that pays."""

    precision: Precision = Precision.FLOAT32
    layout: Layout = Layout.CHANNELS_LAST

    def __str__(self) -> str:
        """As a trial states it: empty where nothing is switched."""
        return "" if self == USUAL else f"{self.precision}, {self.layout}"


USUAL = Kernels()
