"""The rows of many samples, gathered from the segments that hold them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.cache.segment import Keys, Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """For each of N wanted samples: which segment holds it (−1: none), and in which row."""

    segment: NDArray[np.int64]
    row: NDArray[np.int64]

    @property
    def missing(self) -> NDArray[np.int64]:
        """Places among the wanted that no segment holds, ascending."""
        return np.flatnonzero(self.segment < 0)


class Gathered:
    """One tensor's rows [N, *shape] in the wanted order, read from several parts as they are asked for.

    With ``length`` the first axis of rows differs from part to part, and that is the longest: rows that are
    asked for together end in 0 where they are shorter than the longest of them.
    """

    def __init__(self, parts: Sequence["Rows"], located: Located, *, length: int | None = None) -> None:
        self._parts = parts
        self._located = located
        self._length = length
        self._shape = parts[0].shape[1:] if length is None else (length, *parts[0].shape[2:])

    def __len__(self) -> int:
        return len(self._located.row)

    @property
    def dtype(self) -> np.dtype[Any]:
        """As which figures are kept."""
        return self._parts[0].dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """[N, *shape]."""
        return len(self), *self._shape

    def __getitem__(self, wanted: NDArray[np.int64]) -> np.ndarray:
        """A copy [B, *shape] of the rows at these places, cut to the longest of them."""
        segments, rows = self._located.segment[wanted], self._located.row[wanted]
        numbers = np.unique(segments)
        shape = self._shape
        if self._length is not None:
            shape = (max((self._parts[held].shape[1] for held in numbers), default=0), *shape[1:])
        found = np.zeros((len(rows), *shape), self.dtype)
        for held in numbers:
            (here,) = np.nonzero(segments == held)
            part = self._parts[held][rows[here]]
            where: tuple[Any, ...] = (here, *map(slice, part.shape[1:]))
            found[where] = part
        return found


Rows = np.ndarray | Gathered


def locate(segments: Sequence[Segment], wanted: Keys) -> Located:
    """Where the wanted samples [N] lie; the first segment that holds one serves it."""
    segment, row = np.full(len(wanted), -1, np.int64), np.zeros(len(wanted), np.int64)
    for number, held in enumerate(segments):
        open_places = np.flatnonzero(segment < 0)
        if not len(open_places):
            break
        found = held.find(wanted[open_places])
        here = found >= 0
        segment[open_places[here]], row[open_places[here]] = number, found[here]
    return Located(segment=segment, row=row)


def gather(segments: Sequence[Segment], located: Located) -> tuple[Rows, ...]:
    """One ``Rows`` a tensor; the mapped array itself where one segment is just what was wanted."""
    first = segments[0]
    if len(segments) == 1 and np.array_equal(located.row, np.arange(len(first.keys))):
        return first.rows
    return tuple(
        Gathered([held.rows[index] for held in segments], located) for index in range(len(first.rows))
    )
