"""What passes from the frozen prefix to the trained suffix: tensors a sample, constants, the batch's size."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import prod
from typing import Any

import torch
from torch import Tensor


class SlotKind(StrEnum):
    """How one value of the boundary follows the batch."""

    ROWS = "rows"
    CONSTANT = "constant"
    BATCH_SIZE = "batch-size"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One value of the boundary.

    ``shape`` is one sample's, for ROWS (float32 [B, *shape]); ``constant`` is the value of a CONSTANT.
    """

    kind: SlotKind
    shape: tuple[int, ...] = ()
    constant: Any = None

    @property
    def bytes_per_sample(self) -> int:
        """What one sample takes in float32."""
        return 4 * prod(self.shape) if self.kind is SlotKind.ROWS else 0


def slots_of(boundaries: Sequence[Sequence[Any]], *, sizes: Sequence[int]) -> tuple[Slot, ...]:
    """Learn from boundaries of batches of different ``sizes`` what each value is; ValueError: unclear."""
    return tuple(_slot(values, sizes) for values in zip(*boundaries, strict=True))


def rows_of(values: Sequence[Any], slots: Sequence[Slot]) -> tuple[Tensor, ...]:
    """Only what belongs to the samples: one tensor [B, *shape] for each slot of ROWS."""
    return tuple(value for value, slot in zip(values, slots, strict=True) if slot.kind is SlotKind.ROWS)


def values_of(rows: Sequence[Tensor], slots: Sequence[Slot]) -> tuple[Any, ...]:
    """The whole boundary again, from its rows."""
    remaining = iter(rows)
    size = len(rows[0])
    return tuple(
        next(remaining)
        if slot.kind is SlotKind.ROWS
        else size
        if slot.kind is SlotKind.BATCH_SIZE
        else slot.constant
        for slot in slots
    )


def _slot(values: Sequence[Any], sizes: Sequence[int]) -> Slot:
    first = values[0]
    if all(isinstance(value, Tensor) for value in values):
        return _tensor_slot(values, sizes)
    if all(type(v) is int and v == size for v, size in zip(values, sizes, strict=True)):
        return Slot(kind=SlotKind.BATCH_SIZE)
    if all(type(value) is type(first) and value == first for value in values):
        return Slot(kind=SlotKind.CONSTANT, constant=first)
    raise ValueError(f"a boundary value of type {type(first).__name__} follows the batch in an unknown way")


def _tensor_slot(tensors: Sequence[Tensor], sizes: Sequence[int]) -> Slot:
    first = tensors[0]
    has_rows = all(t.ndim > 0 and len(t) == size for t, size in zip(tensors, sizes, strict=True))
    if has_rows and len({t.shape[1:] for t in tensors}) == 1 and first.dtype is torch.float32:
        return Slot(kind=SlotKind.ROWS, shape=tuple(first.shape[1:]))
    if all(t.shape == first.shape and torch.equal(t, first) for t in tensors):
        return Slot(kind=SlotKind.CONSTANT, constant=first)
    raise ValueError(f"a boundary tensor of shape {tuple(first.shape)} does not hold one row a sample")
