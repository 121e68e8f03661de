"""Which samples are seen together, as a function of seed and epoch alone."""

import numpy as np
from numpy.typing import NDArray

STEPS_WANTED = 50
LIMITS = (16, 64)
FEATURE_LIMITS = (16, 256)
_POOL = 16  # batches


def batch_size(samples: int, *, is_probe: bool) -> int:
    """The power of two nearest to a fiftieth of the training samples, 16 to 64 (a linear probe: to 256)."""
    low, high = FEATURE_LIMITS if is_probe else LIMITS
    return int(np.clip(2 ** round(np.log2(max(1, samples) / STEPS_WANTED)), low, high))


def steps_an_epoch(samples: int, *, size: int) -> int:
    """How many batches an epoch has; all of them are of ``size``, give or take a few samples."""
    return max(1, round(samples / size))


def shuffled(
    samples: int, *, size: int, seed: int, epoch: int, lengths: NDArray[np.int64] | None = None
) -> list[np.ndarray]:
    """The batches of one epoch (0-based), each an int64 array of rows; every row once.

    Where samples differ in their ``lengths`` [samples], those of a batch are about as long as each other:
    of every sixteen batches' samples, drawn at random, the shortest make one, and so on.
    """
    random = randomness(seed, epoch)
    order, steps = random.permutation(samples), steps_an_epoch(samples, size=size)
    if lengths is None:
        return np.array_split(order, steps)
    pools = np.array_split(order, range(size * _POOL, samples, size * _POOL))
    order = np.concatenate([pool[np.argsort(lengths[pool], kind="stable")] for pool in pools])
    found = np.array_split(order, steps)
    return [found[place] for place in random.permutation(steps)]


def in_order(samples: int, *, size: int, lengths: NDArray[np.int64] | None = None) -> list[np.ndarray]:
    """All rows in ascending order, or from the shortest on, cut into batches of ``size``."""
    order = np.arange(samples) if lengths is None else np.argsort(lengths, kind="stable")
    return np.array_split(order, range(size, samples, size))


def randomness(*path: int) -> np.random.Generator:
    """The random numbers of (seed, epoch) or (seed, epoch, step): nothing is carried on, so all resumes."""
    return np.random.default_rng(path)
