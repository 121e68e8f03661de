"""Where a trainee's batches come from: samples, or activations that were computed before."""

import copy
from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from automl_tl.cache.rows import Rows
from automl_tl.model.prepared import normalise
from automl_tl.model.spec import Preprocessing, TextPreprocessing
from automl_tl.training.length_bucket import bucket_lengths
from automl_tl.training.mixing import jitter, mixing_alpha
from automl_tl.training.trainee import lay_out
from automl_tl.training.variation import variation_of

_AT_ONCE = 4096  # texts whose lengths are counted


class Prepared(Protocol):
    """Prepared samples by index."""

    def batch(self, indices: np.ndarray) -> Tensor:
        """Samples [B, *shape]."""


class Inputs(Protocol):
    """One split's samples, by row; ``targets`` is int64 [N]."""

    @property
    def targets(self) -> Tensor:
        """The class of each sample."""

    @property
    def lengths(self) -> NDArray[np.int64] | None:
        """What each sample costs of a batch, int64 [N], the longest in it counts; None: all the same."""

    def clean(self, rows: np.ndarray) -> tuple[Tensor, ...]:
        """A batch as it is."""

    def varied(
        self, rows: np.ndarray, *, strength: float, randomness: np.random.Generator
    ) -> tuple[Tensor, ...]:
        """A batch varied at random."""

    def alpha(self, strength: float) -> float:
        """How much samples are mixed at a strength."""


class SampleInputs:
    """Samples as the network reads them: batches ([B, ...],), of pictures ([B, C, S, S],) float32.

    ``samples`` are their sha256 in hexadecimal, [N] of 64 bytes each. ``view`` is the number of the version
    that the samples are of; None: they are as they came.
    """

    view: int | None = None

    def __init__(
        self,
        prepared: Prepared,
        *,
        indices: np.ndarray,
        samples: np.ndarray,
        targets: Tensor,
        preprocessing: Preprocessing,
        device: torch.device,
    ) -> None:
        self.targets = targets
        self.samples = samples
        self._prepared = prepared
        self._indices = indices
        self._preprocessing = preprocessing
        self._variation = variation_of(preprocessing)
        self._device = device

    def clean(self, rows: np.ndarray) -> tuple[Tensor, ...]:
        """A batch as it is."""
        batch = self._batch(rows)
        if self.view is not None:
            batch = self._variation.viewed(batch, samples=self.samples[rows], view=self.view)
        return (lay_out(normalise(batch, self._preprocessing)),)

    def part(self, rows: np.ndarray) -> "SampleInputs":
        """Some of the samples, in that order."""
        found = copy.copy(self)
        found.samples, found._indices = self.samples[rows], self._indices[rows]
        found.targets = self.targets[torch.from_numpy(rows)]
        if self.lengths is not None:
            found.lengths = self.lengths[rows]
        return found

    @cached_property
    def lengths(self) -> NDArray[np.int64] | None:
        """The length of each text's bucket, int64 [N] of tokens; None: no texts."""
        if not isinstance(self._preprocessing, TextPreprocessing):
            return None
        parts = (self._prepared.batch(indices) for indices in _portions(self._indices))
        tokens = np.concatenate([(part >= 0).sum(dim=1).numpy() for part in parts])
        return bucket_lengths(tokens, longest=self._preprocessing.length)

    def in_view(self, view: int) -> "SampleInputs":
        """The same samples, each in its version of that number."""
        found = copy.copy(self)
        found.view = view
        return found

    def varied(
        self, rows: np.ndarray, *, strength: float, randomness: np.random.Generator
    ) -> tuple[Tensor, ...]:
        """A batch augmented."""
        batch = self._variation.augment(self._batch(rows), strength=strength, randomness=randomness)
        return (lay_out(normalise(batch, self._preprocessing)),)

    def alpha(self, strength: float) -> float:
        """Mixed at high strength only, where samples can be mixed at all."""
        return self._variation.alpha(strength)

    def _batch(self, rows: np.ndarray) -> Tensor:
        batch = self._prepared.batch(self._indices[rows])
        if self.lengths is not None:
            batch = batch[:, : self.lengths[rows].max()]
        return batch.to(self._device)


def _portions(indices: np.ndarray) -> list[np.ndarray]:
    return np.array_split(indices, range(_AT_ONCE, len(indices), _AT_ONCE))


class ActivationInputs:
    """A boundary's ``rows``, one [N, *shape] each; batches are one float32 tensor [B, *shape] each."""

    lengths: NDArray[np.int64] | None = None

    def __init__(self, rows: Sequence[Rows], *, targets: Tensor, device: torch.device) -> None:
        self.targets = targets
        self.rows = rows
        self._device = device

    def clean(self, rows: np.ndarray) -> tuple[Tensor, ...]:
        """A batch as it is."""
        return tuple(lay_out(torch.from_numpy(array[rows]).to(self._device).float()) for array in self.rows)

    def varied(
        self, rows: np.ndarray, *, strength: float, randomness: np.random.Generator
    ) -> tuple[Tensor, ...]:
        """A batch jittered."""
        return jitter(self.clean(rows), strength=strength, randomness=randomness)

    def alpha(self, strength: float) -> float:
        """Mixed at any strength: mixing is most of what varies activations."""
        return mixing_alpha(strength, of_activations=True)
