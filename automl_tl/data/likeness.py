"""How alike two sketches are: the correlation of their details, after one was laid on the other."""

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.fingerprint import WINDOWS
from automl_tl.data.sketch import HUE_SIDE, SIDE

Floats = NDArray[np.float32]

_BLUR = 1.5  # pixels; what is wider is shape and light, which look-alikes share too
_STEPS = 6  # of alignment; more changed nothing
_FAINTEST = 1.0  # grey levels: pictures with less detail are blank, and all alike
_MOST_CROPPED = 0.2  # of a side; less is another picture of the same thing
_OUTSIDE = 0.05  # of a side: where two shots of one thing end
_GAINS = (0.55, 1.8)  # copies are at most so much duller or more contrasted
_MOST_LIGHTER = 80.0  # grey levels
_MOST_HUE = 18.0  # levels, where colours differ most; the same shape in another colour is another picture
_HUED = HUE_SIDE  # cells of 8 × 8 that "most" is the mean of


def details(grey: Floats) -> Floats:
    """What is left of grey [n, side, side] without its coarse parts; unit length, 0 where it is blank."""
    fine = _fine(grey)
    length = np.sqrt((fine**2).sum(axis=(1, 2), keepdims=True))
    return np.where(length >= _FAINTEST * SIDE, fine / np.maximum(length, 1e-6), 0.0).astype(np.float32)


def likeness(ones: NDArray[np.void], others: NDArray[np.void], windows: NDArray[np.int32]) -> Floats:
    """In [-1, 1], of each pair of sketches; 0 where light or colour differ too much for a copy.

    ``windows`` says in which of ``WINDOWS`` of the one the other was found; from there the windows are moved
    until they fit best (Lucas & Kanade 1981: position and size, down and across).
    """
    first, second = (records["grey"].astype(np.float32) for records in (ones, others))
    goal = details(second)
    place = np.array(WINDOWS, dtype=np.float32)[windows]
    best = np.full(len(ones), -1.0, dtype=np.float32)
    for step in range(_STEPS + 1):
        shown = details(_seen(first, place))
        found = (shown * goal).sum(axis=(1, 2))
        best = np.where(_is_crop(place), np.maximum(best, found), best)
        if step < _STEPS:
            place = place + _better(shown, goal)
    return np.where(_same_light(first, second) & _same_hue(ones, others), best, 0.0).astype(np.float32)


def _is_crop(place: Floats) -> NDArray[np.bool_]:
    """Whether a window lies within the picture and is most of it."""
    start, share = place[:, ::2], place[:, 1::2]
    is_part = (start >= -_OUTSIDE) & (start + share <= 1 + _OUTSIDE) & (share >= 1 - _MOST_CROPPED)
    return np.asarray(is_part.all(axis=1))


def _fine(grey: Floats) -> Floats:
    return np.asarray(grey - _BLURRED @ grey @ _BLURRED.T, dtype=np.float32)


def _blurring() -> Floats:
    """The matrix [side, side] of a Gaussian blur that repeats the last pixel beyond the edge."""
    place = np.arange(SIDE)
    reach = int(4 * _BLUR)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / _BLUR) ** 2)
    matrix = np.zeros((SIDE, SIDE))
    for offset, weight in zip(range(-reach, reach + 1), weights / weights.sum(), strict=True):
        matrix[place, np.clip(place + offset, 0, SIDE - 1)] += weight
    return matrix.astype(np.float32)


_BLURRED = _blurring()


def _seen(grey: Floats, place: Floats) -> Floats:
    """Each picture [n, side, side] through its own window [n, 4], bilinear."""
    rows = np.arange(len(grey))[:, None, None]
    y0, y = _sampled(place[:, 0], place[:, 1])
    x0, x = _sampled(place[:, 2], place[:, 3])
    top, left = y0[:, :, None], x0[:, None, :]
    y, x = y[:, :, None], x[:, None, :]
    upper = grey[rows, top, left] * (1 - x) + grey[rows, top, left + 1] * x
    lower = grey[rows, top + 1, left] * (1 - x) + grey[rows, top + 1, left + 1] * x
    return np.asarray(upper * (1 - y) + lower * y, dtype=np.float32)


def _sampled(start: Floats, share: Floats) -> tuple[NDArray[np.intp], Floats]:
    centres = (np.arange(SIDE, dtype=np.float32) + 0.5) / SIDE
    place = np.clip((start[:, None] + share[:, None] * centres) * SIDE - 0.5, 0, SIDE - 1.001)
    before = place.astype(np.intp)
    return before, (place - before).astype(np.float32)


def _better(shown: Floats, goal: Floats) -> Floats:
    """How the windows [n, 4] have to move: one step of Gauss and Newton on the goal's slopes."""
    down, across = np.gradient(goal, axis=(1, 2))
    centres = (np.arange(SIDE, dtype=np.float32) + 0.5) / SIDE
    parts = (down, down * centres[:, None], across, across * centres)
    slopes = SIDE * np.stack([part.reshape(len(goal), -1) for part in parts], axis=1)
    left = (goal - shown).reshape(len(goal), -1, 1)
    square = slopes @ slopes.transpose(0, 2, 1) + 1e-3 * np.eye(4, dtype=np.float32)
    move = np.linalg.solve(square, slopes @ left)[..., 0]
    return np.asarray(np.clip(move, -0.05, 0.05), dtype=np.float32)


def _same_light(first: Floats, second: Floats) -> NDArray[np.bool_]:
    lighter = np.abs(first.mean(axis=(1, 2)) - second.mean(axis=(1, 2)))
    gain = first.std(axis=(1, 2)) / np.maximum(second.std(axis=(1, 2)), 1e-6)
    return np.asarray((lighter <= _MOST_LIGHTER) & (gain >= _GAINS[0]) & (gain <= _GAINS[1]))


def _same_hue(ones: NDArray[np.void], others: NDArray[np.void]) -> NDArray[np.bool_]:
    first, second = (
        records["hue"].astype(np.float32).reshape(len(records), -1, 2) for records in (ones, others)
    )
    gain = (first * second).sum(axis=(1, 2)) / np.maximum((second**2).sum(axis=(1, 2)), 1e-6)
    differing = np.abs(first - np.clip(gain, *_GAINS)[:, None, None] * second).max(axis=-1)
    return np.asarray(np.sort(differing, axis=1)[:, -_HUED:].mean(axis=1) <= _MOST_HUE)
