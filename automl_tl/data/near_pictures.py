"""Near copies of pictures: one picture, saved again, resized, cropped a little or lit otherwise."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.fingerprint import candidates, hashes
from automl_tl.data.likeness import details, likeness
from automl_tl.data.near import NearCopies, none_near
from automl_tl.steps import step

LEAST_LIKE = 0.94
"""Below this, pictures of one thing from two moments begin, whatever the dataset."""

MOST_LIKE = 0.99
"""From here on a copy is a copy, however much the dataset's pictures are alike."""

_FALSE_SHARE = 1 / 2000  # pairs expected to be wrong, per sample: each wrongly flags two, or one that goes
_CENSUS = 1000  # samples whose every pair is looked at
_FEWEST = 100  # with fewer samples there is no telling how alike they usually are
_USUAL = 0.95  # then
_CHUNK = 2000  # pairs compared at once: about 100 MB


def near_pictures(sketches: NDArray[np.void], files: NDArray[np.intp]) -> NearCopies:
    """The pairs of near copies among ``files``, rows of sketches of files that differ; pairs are of places.

    Candidates share most bits of a perceptual hash; they are copies where their details agree when one is
    laid on the other. How much they must agree depends on how alike the dataset's pictures usually are.
    """
    if len(files) < 2:
        return none_near(_USUAL)
    found = candidates(np.concatenate(list(_hashes(sketches, files))))
    alike = _compared(sketches, files, found)
    threshold = _threshold(sketches, files)
    is_copy = alike >= threshold
    return NearCopies(pairs=found[is_copy, :2], likeness=alike[is_copy], threshold=threshold)


def _hashes(sketches: NDArray[np.void], files: NDArray[np.intp]) -> Iterator[NDArray[np.uint64]]:
    for start in range(0, len(files), _CHUNK):
        step()
        yield hashes(sketches[files[start : start + _CHUNK]]["grey"])


def _compared(
    sketches: NDArray[np.void], files: NDArray[np.intp], pairs: NDArray[np.int32]
) -> NDArray[np.float32]:
    alike = np.empty(len(pairs), dtype=np.float32)
    for start in range(0, len(pairs), _CHUNK):
        step()
        part = pairs[start : start + _CHUNK]
        ones, others = sketches[files[part[:, 0]]], sketches[files[part[:, 1]]]
        alike[start : start + _CHUNK] = likeness(ones, others, part[:, 2])
    return alike


def _threshold(sketches: NDArray[np.void], files: NDArray[np.intp]) -> float:
    """The likeness that 1 in 2,000 samples would reach with another one that is no copy.

    Unlikeness within the likest pairs of a census falls as a power of their rank (few copies change that
    little); it is followed down to the rank that so few of all pairs have.
    """
    count = len(files)
    if count < _FEWEST:
        return _USUAL
    census = files[np.linspace(0, count - 1, min(_CENSUS, count)).astype(int)]
    size = len(census)
    pairs = _likest_pairs(sketches[census], most=2 * size)
    unlike = 1 - np.sort(_compared(sketches, census, pairs))[::-1]
    low, high = size // 8, size
    if unlike[low] <= 0:
        return MOST_LIKE
    power = np.log(unlike[high] / unlike[low]) / np.log(high / low)
    rank = _FALSE_SHARE * count * (size / count) ** 2
    return float(np.clip(1 - unlike[low] * (rank / low) ** power, LEAST_LIKE, MOST_LIKE))


def _likest_pairs(sketches: NDArray[np.void], *, most: int) -> NDArray[np.int32]:
    """Of all pairs those that are likest without being moved: int [most, 3], the window being the whole."""
    flat = details(sketches["grey"].astype(np.float32)).reshape(len(sketches), -1)
    alike = flat @ flat.T
    one, other = np.triu_indices(len(sketches), 1)
    values = alike[one, other]
    likest = np.argpartition(-values, min(most, len(values) - 1))[:most]
    return np.stack([one[likest], other[likest], np.zeros_like(likest)], axis=1).astype(np.int32)
