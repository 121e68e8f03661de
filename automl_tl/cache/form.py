"""The form of kept rows: their shapes, and how many bytes a figure has."""

from dataclasses import dataclass
from math import prod

import numpy as np

Shapes = tuple[tuple[int, ...], ...]
Floats = type[np.float32] | type[np.float16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What one sample's row is: a shape for each tensor of the boundary, and what its figures are kept as.

    Half precision holds figures of at most 65,504: what is larger is kept as that.
    """

    shapes: Shapes
    floats: Floats = np.float32

    @property
    def figure_bytes(self) -> int:
        """What one figure takes."""
        return np.dtype(self.floats).itemsize

    def bytes(self, samples: int) -> int:
        """What the rows of so many samples take."""
        return sum(self.figure_bytes * samples * prod(shape) for shape in self.shapes)

    def narrowed(self, rows: np.ndarray) -> np.ndarray:
        """Rows as they are kept, contiguous."""
        if self.floats is np.float16:
            largest = np.finfo(np.float16).max
            rows = np.clip(rows, -largest, largest)
        return np.ascontiguousarray(rows, dtype=self.floats)
