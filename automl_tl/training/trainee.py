"""What is trained: a suffix and a head, on samples or on the boundary's activations."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from automl_tl.domain.kernels import USUAL, Kernels, Layout, Precision
from automl_tl.training.boundary import Slot, values_of
from automl_tl.training.freezing import belongs
from automl_tl.training.split import Prefix


class Trainee(nn.Module):
    """Maps a batch to logits [B, K]; ``backbone`` is the whole of it, or the suffix behind a boundary.

    ``prefix`` is None where the backbone is whole or where batches are the boundary's rows (``slots`` says
    how they become its values); else batches are samples, and the prefix runs without gradients. Its
    parameters carry the names that they have in the whole network. ``kernels`` serve training; what is read
    in eval mode is computed in float32, as it will be served.
    """

    def __init__(
        self,
        *,
        backbone: nn.Module,
        head: nn.Linear,
        prefix: Prefix | None = None,
        slots: Sequence[Slot] = (),
        kernels: Kernels = USUAL,
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = head
        self._prefix = (prefix,)  # a tuple hides a module: it is no part of what is trained or saved
        self._slots = tuple(slots)
        self.kernels = kernels
        if kernels.layout is Layout.CONTIGUOUS:
            self.to(memory_format=torch.contiguous_format)

    @property
    def starts_at_boundary(self) -> bool:
        """Whether batches are the boundary's rows."""
        return self._prefix[0] is None and bool(self._slots)

    def forward(self, rows: Sequence[Tensor]) -> Tensor:
        """Logits [B, K] of samples ([B, ...],) as the backbone reads them, or of a boundary's rows."""
        is_half = self.training and self.kernels.precision is Precision.BFLOAT16
        with torch.autocast(rows[0].device.type, dtype=torch.bfloat16, enabled=is_half):
            features: Tensor = self.backbone(*self._values(rows))
        logits: Tensor = self.head(features.float())  # it starts solved, to more digits than bfloat16 has
        return logits

    def _values(self, rows: Sequence[Tensor]) -> tuple[Any, ...]:
        prefix = self._prefix[0]
        if self.kernels.layout is Layout.CONTIGUOUS:
            rows = tuple(row.contiguous() for row in rows)
        if prefix is None:
            return values_of(rows, self._slots) if self._slots else tuple(rows)
        with torch.no_grad():
            values = prefix(rows[0])
        # A view that was made without gradients may not be written into; a detached one may.
        return tuple(value.detach() if isinstance(value, Tensor) else value for value in values)

    def moving_state(self, prefixes: Sequence[str]) -> dict[str, Tensor]:
        """All tensors by name but those under the frozen ``prefixes`` of the backbone."""
        frozen = [f"backbone.{prefix}".rstrip(".") for prefix in prefixes]
        return {name: t for name, t in self.state_dict().items() if not belongs(name, frozen)}


def choose_layout(module: nn.Module) -> nn.Module:
    """Convolutions run two to four times faster with channels last on a CPU; the rest does not mind."""
    return module.to(memory_format=torch.channels_last)


def lay_out(rows: Tensor) -> Tensor:
    """A batch as convolutions like it best."""
    return rows.contiguous(memory_format=torch.channels_last) if rows.ndim == 4 else rows
