"""Batches of prepared samples as tensors: stacked, drawn at random, blank, and as a network reads them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from automl_tl.model.sound_input import heard
from automl_tl.model.sound_spec import SoundPreprocessing
from automl_tl.model.spec import PADDING, ImagePreprocessing, Preprocessing, TextPreprocessing


def as_batch(stored: NDArray[Any], preprocessing: Preprocessing) -> Tensor:
    """Prepared samples [B, *shape] of stored ones [B, *stored_shape]; the memory is the same."""
    return torch.from_numpy(stored).permute(preprocessing.axes)


def stacked(samples: Sequence[NDArray[Any]], preprocessing: Preprocessing) -> Tensor:
    """A batch [B, *shape] of single stored samples."""
    return as_batch(np.stack(samples), preprocessing)


def drawn(preprocessing: Preprocessing, samples: int, *, seed: int = 0) -> Tensor:
    """Random prepared samples [samples, *shape], alike at every call; texts and sounds of several lengths."""
    generator = torch.Generator().manual_seed(seed)
    if isinstance(preprocessing, TextPreprocessing):
        return _ids(preprocessing, samples, generator=generator)
    if isinstance(preprocessing, SoundPreprocessing):
        return _noises(preprocessing, samples, generator=generator)
    return torch.randint(256, (samples, *preprocessing.shape), dtype=torch.uint8, generator=generator)


def blank(preprocessing: Preprocessing, samples: int) -> Tensor:
    """Prepared samples [samples, *shape] of nothing: black, silent, or the same token all along."""
    dtype: torch.dtype = getattr(torch, preprocessing.dtype)
    return torch.zeros(samples, *preprocessing.shape, dtype=dtype)


def shortened(batch: Tensor, preprocessing: Preprocessing) -> Tensor:
    """Prepared samples [B, *shape], of texts as far as the longest of them goes."""
    if not isinstance(preprocessing, TextPreprocessing) or not len(batch):
        return batch
    return batch[:, : max(1, int((batch != PADDING).sum(dim=1).max()))]


def normalise(batch: Tensor, preprocessing: Preprocessing) -> Tensor:
    """What a network reads, from prepared samples [B, *shape], on the same device.

    Of pictures float32, as the weights want them; they may come as floats in [0, 255] too. Of texts their
    ids. Of sounds float32, as their front end gives them; they may come as floats of int16's range too.
    """
    if isinstance(preprocessing, TextPreprocessing):
        return batch
    if isinstance(preprocessing, SoundPreprocessing):
        return heard(batch, preprocessing)
    return _pixels(batch, preprocessing)


def _ids(preprocessing: TextPreprocessing, samples: int, *, generator: torch.Generator) -> Tensor:
    shape = (samples, preprocessing.length)
    ids = torch.randint(preprocessing.vocabulary, shape, dtype=torch.int32, generator=generator)
    lengths = torch.linspace(preprocessing.length, 1, samples).ceil().int()
    ids[torch.arange(preprocessing.length) >= lengths.unsqueeze(1)] = PADDING
    return ids


def _noises(preprocessing: SoundPreprocessing, samples: int, *, generator: torch.Generator) -> Tensor:
    shape = (samples, preprocessing.samples)
    noise = torch.randint(-4096, 4096, shape, dtype=torch.int16, generator=generator)
    lengths = torch.linspace(preprocessing.samples, preprocessing.samples / 2, samples)
    return noise * (torch.arange(preprocessing.samples) < lengths.unsqueeze(1))


def _pixels(pictures: Tensor, preprocessing: ImagePreprocessing) -> Tensor:
    shape = (1, preprocessing.channels, 1, 1)
    mean = torch.tensor(preprocessing.mean, device=pictures.device).view(shape)
    std = torch.tensor(preprocessing.std, device=pictures.device).view(shape)
    return (pictures.float() / 255.0 - mean) / std
