"""Which samples are seen together, as a function of seed and epoch alone."""

import numpy as np

STEPS_WANTED = 50
LIMITS = (16, 64)
FEATURE_LIMITS = (16, 256)


def batch_size(samples: int, *, is_probe: bool) -> int:
    """The power of two nearest to a fiftieth of the training samples, 16 to 64 (a linear probe: to 256)."""
    low, high = FEATURE_LIMITS if is_probe else LIMITS
    return int(np.clip(2 ** round(np.log2(max(1, samples) / STEPS_WANTED)), low, high))


def steps_an_epoch(samples: int, *, size: int) -> int:
    """How many batches an epoch has; all of them are of ``size``, give or take a few samples."""
    return max(1, round(samples / size))


def shuffled(samples: int, *, size: int, seed: int, epoch: int) -> list[np.ndarray]:
    """The batches of one epoch (0-based), each an int64 array of rows; every row once."""
    order = randomness(seed, epoch).permutation(samples)
    return np.array_split(order, steps_an_epoch(samples, size=size))


def in_order(samples: int, *, size: int) -> list[np.ndarray]:
    """All rows in ascending order, cut into batches of ``size``."""
    return np.array_split(np.arange(samples), range(size, samples, size))


def randomness(*path: int) -> np.random.Generator:
    """The random numbers of (seed, epoch) or (seed, epoch, step): nothing is carried on, so all resumes."""
    return np.random.default_rng(path)
