"""From prepared sounds to what a network reads, on the device that computes."""

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from automl_tl.model.log_mel import LogMelSpectrogram
from automl_tl.model.sound_spec import LogMel, SoundPreprocessing

_FULL_SCALE = 32768.0
_TINY = 1e-7  # added to a variance; wav2vec 2.0's own


def heard(sounds: Tensor, preprocessing: SoundPreprocessing) -> Tensor:
    """Float32 input of a network, [B, *geometry], from prepared sounds [B, T].

    ``sounds`` are int16, or float32 of the same range where they were varied. Zeros at the end are padding.
    """
    waveforms = sounds.float() / _FULL_SCALE
    lengths = lengths_of(waveforms)
    if preprocessing.log_mel is None:
        return _standardised(waveforms, lengths) if preprocessing.standardised else waveforms
    front_end = _front_end(preprocessing.log_mel, preprocessing.rate, waveforms.device)
    return _laid_out(front_end(waveforms, lengths), preprocessing)


def lengths_of(waveforms: Tensor) -> Tensor:
    """How many samples there are up to the last that is not 0: int64 [B]."""
    places = torch.arange(1, waveforms.shape[1] + 1, device=waveforms.device)
    return (places * (waveforms != 0)).amax(dim=1)


def _standardised(waveforms: Tensor, lengths: Tensor) -> Tensor:
    places = torch.arange(waveforms.shape[1], device=waveforms.device)
    inside = (places < lengths.unsqueeze(1)).float()
    count = lengths.clamp_min(1).unsqueeze(1)
    centred = (waveforms - waveforms.sum(dim=1, keepdim=True) / count) * inside
    variance = centred.square().sum(dim=1, keepdim=True) / count
    return centred / torch.sqrt(variance + _TINY)


@lru_cache(maxsize=8)  # a worker meets a few candidates, and a batch comes every few milliseconds
def _front_end(look: LogMel, rate: int, device: torch.device) -> LogMelSpectrogram:
    with torch.inference_mode(False):  # whoever asks first
        return LogMelSpectrogram(look, rate=rate).to(device)


def _laid_out(levels: Tensor, preprocessing: SoundPreprocessing) -> Tensor:
    if preprocessing.layout == "frames":
        return levels
    if preprocessing.layout == "bands":
        return levels.transpose(1, 2)
    pictures = levels.unsqueeze(1)
    if preprocessing.size:
        square = (preprocessing.size, preprocessing.size)
        pictures = F.interpolate(pictures, size=square, mode="bilinear", antialias=True)
    return pictures.expand(-1, preprocessing.channels, -1, -1)
