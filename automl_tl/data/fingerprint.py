"""Perceptual hashes of pictures, and the pairs among any number of them that may be copies."""

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn

from automl_tl.steps import step

Window = tuple[float, float, float, float]
"""A part of a picture: where it begins and how much of it there is, down and then across, in shares."""

_PART = 0.93  # a copy that was cropped by up to 5 % a side is near one of these
_PLACES = ((0.5, 0.5), (0, 0), (0, 1), (1, 0), (1, 1), (0, 0.5), (1, 0.5), (0.5, 0), (0.5, 1))
WINDOWS: tuple[Window, ...] = (
    (0.0, 1.0, 0.0, 1.0),
    *((y * (1 - _PART), _PART, x * (1 - _PART), _PART) for y, x in _PLACES),
)
"""The whole picture, and nine parts of it in which a slightly cropped copy is found again."""

_BITS = 64
_WAVES = sorted(
    ((i, j) for i in range(9) for j in range(9) if i + j),
    key=lambda wave: (wave[0] ** 2 + wave[1] ** 2, wave),
)[:_BITS]
_TURNS = 8  # orders in which hashes are sorted
_REACH = 24  # neighbours on either side that are looked at; ten of them may be parts of one picture
_MOST_BITS = 10  # of 64 that differ; 95 % of copies cropped by up to 5 % a side and saved again have fewer
_MOST_PARTNERS = 4  # of each picture, the likest ones


def hashes(grey: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """One 64-bit hash of each window: uint64 [n, windows] of grey [n, side, side].

    The signs of the 64 longest waves of the cosine transform (pHash; Zauner 2010), by rising frequency.
    """
    down, across = (np.array(part) for part in zip(*_WAVES, strict=True))
    found = np.empty((len(grey), len(WINDOWS)), dtype=np.uint64)
    for number, window in enumerate(WINDOWS):
        waves = dctn(view(grey.astype(np.float32), window), axes=(-2, -1))[:, down, across]
        found[:, number] = np.ascontiguousarray(np.packbits(waves > 0, axis=-1)).view(">u8")[:, 0]
    return found


def view(grey: NDArray[np.float32], window: Window) -> NDArray[np.float32]:
    """The same window of each picture, stretched to its whole size (bilinear): [n, side, side]."""
    y, height, x, width = window
    down, across = _stretch(grey.shape[-2], y, height), _stretch(grey.shape[-1], x, width)
    return np.asarray(down @ grey @ across.T, dtype=np.float32)


def _stretch(side: int, start: float, share: float) -> NDArray[np.float32]:
    """The matrix [side, side] that resamples a row of pixels from ``start`` on."""
    place = np.clip((start + share * (np.arange(side) + 0.5) / side) * side - 0.5, 0, side - 1)
    before = np.minimum(place.astype(int), side - 2)
    matrix = np.zeros((side, side), dtype=np.float32)
    matrix[np.arange(side), before] = 1 - (place - before)
    matrix[np.arange(side), before + 1] = place - before
    return matrix


def candidates(found: NDArray[np.uint64]) -> NDArray[np.int32]:
    """Pairs that may be copies: int32 [pairs, 3] of a picture, another one, and the first one's window.

    Of hashes [n, windows], those are compared that stand near each other in one of eight sorted orders, each
    by another part of the hash first (Manku et al., WWW 2007): n log n steps, however alike the pictures.
    """
    count, windows = found.shape
    owner, window = (np.ravel(part) for part in np.indices((count, windows), dtype=np.int32))
    bits = found.ravel()
    best = np.empty((0, 4), dtype=np.int32)
    for turn in range(0, _BITS, _BITS // _TURNS):
        step()
        turned = (bits << np.uint64(turn)) | (bits >> np.uint64((_BITS - turn) % _BITS)) if turn else bits
        order = np.argsort(turned, kind="stable")
        best = _likest(np.concatenate([best, _neighbours(bits[order], owner[order], window[order])]))
    return best[:, 1:]


def _neighbours(
    bits: NDArray[np.uint64], owner: NDArray[np.int32], window: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Rows (differing bits, one, other, one's window) of sorted hashes that are near and alike."""
    rows = []
    for apart in range(1, min(_REACH + 1, len(bits))):
        differing = np.bitwise_count(bits[apart:] ^ bits[:-apart])
        whole = (window[apart:] == 0) | (window[:-apart] == 0)
        (place,) = np.nonzero((differing <= _MOST_BITS) & whole & (owner[apart:] != owner[:-apart]))
        is_first = window[place + apart] == 0  # the other side of the pair is then the whole picture
        one = np.where(is_first, owner[place], owner[place + apart])
        other = np.where(is_first, owner[place + apart], owner[place])
        part = np.where(is_first, window[place], window[place + apart])
        rows.append(np.stack([differing[place].astype(np.int32), one, other, part], axis=1))
    return np.concatenate(rows) if rows else np.empty((0, 4), dtype=np.int32)


def _likest(rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """Each pair once, by the window in which it is likest; of a picture, the likest partners only."""
    low, high = rows[:, 1:3].min(axis=1), rows[:, 1:3].max(axis=1)
    order = np.lexsort((rows[:, 3], rows[:, 0], high, low))
    rows, low, high = rows[order], low[order], high[order]
    is_new = np.ones(len(rows), dtype=bool)
    is_new[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    rows = rows[is_new]
    order = np.argsort(rows[:, 0], kind="stable")
    rows = rows[order]
    kept = (_rank(rows[:, 1]) < _MOST_PARTNERS) | (_rank(rows[:, 2]) < _MOST_PARTNERS)
    return rows[kept]


def _rank(values: NDArray[np.int32]) -> NDArray[np.int32]:
    """How many times each value stood before it in the array."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    firsts = np.searchsorted(ordered, ordered, side="left")
    rank = np.empty(len(values), dtype=np.int32)
    rank[order] = np.arange(len(values)) - firsts
    return rank
