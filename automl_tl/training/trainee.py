"""What is trained: a suffix and a head, on pictures or on the boundary's activations."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from automl_tl.training.boundary import Slot, values_of
from automl_tl.training.freezing import belongs
from automl_tl.training.split import Prefix


class Trainee(nn.Module):
    """Maps a batch to logits [B, K]; ``backbone`` is the whole of it, or the suffix behind a boundary.

    ``prefix`` is None where the backbone is whole or where batches are the boundary's rows (``slots`` says
    how they become its values); else batches are pictures, and the prefix runs without gradients. Its
    parameters carry the names that they have in the whole network.
    """

    def __init__(
        self,
        *,
        backbone: nn.Module,
        head: nn.Linear,
        prefix: Prefix | None = None,
        slots: Sequence[Slot] = (),
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = head
        self._prefix = (prefix,)  # a tuple hides a module: it is no part of what is trained or saved
        self._slots = tuple(slots)

    @property
    def starts_at_boundary(self) -> bool:
        """Whether batches are the boundary's rows."""
        return self._prefix[0] is None and bool(self._slots)

    def forward(self, rows: Sequence[Tensor]) -> Tensor:
        """Logits [B, K] of normalised pictures ([B, C, S, S],) or of a boundary's rows."""
        prefix = self._prefix[0]
        if prefix is not None:
            with torch.no_grad():
                values = prefix(rows[0])
        else:
            values = values_of(rows, self._slots) if self._slots else tuple(rows)
        logits: Tensor = self.head(self.backbone(*values))
        return logits

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
