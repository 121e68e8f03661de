"""Log-mel spectrograms in torch: the front end that a sound passes before the first layer."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from automl_tl.model.mel import mel_weights
from automl_tl.model.sound_spec import LogMel


class LogMelSpectrogram(nn.Module):
    """Maps waveforms [B, T] in [-1, 1] to log-mel frames [B, frames, bands]; nothing in it is learnt."""

    window: Tensor
    weights: Tensor

    def __init__(self, look: LogMel, *, rate: int) -> None:
        super().__init__()
        self.look = look
        hann = torch.hann_window(look.window, periodic=look.periodic, dtype=torch.float64)
        weights = torch.from_numpy(mel_weights(look, rate=rate))
        self.register_buffer("window", hann.float(), persistent=False)
        self.register_buffer("weights", weights.float(), persistent=False)

    def forward(self, waveforms: Tensor, lengths: Tensor) -> Tensor:
        """``lengths`` [B] int64: how many samples of each waveform are no padding."""
        look = self.look
        spectra = torch.fft.rfft(self._framed(waveforms), n=look.fft).abs()
        energies = (spectra if look.power == 1 else spectra.square()) @ self.weights
        levels = torch.log(energies.clamp_min(look.floor) + look.offset)
        if look.decimal:
            levels = levels / float(np.log(10.0))
        if look.reach is not None:
            levels = levels.maximum(levels.amax(dim=(1, 2), keepdim=True) - look.reach)
        if look.padded is not None:
            frames = torch.arange(levels.shape[1], device=levels.device)
            inside = frames * look.hop + look.window <= lengths.unsqueeze(1)
            levels = levels.where(inside.unsqueeze(2), look.padded)
        return (levels - look.shift) / look.scale_by

    def _framed(self, waveforms: Tensor) -> Tensor:
        """Weighted frames [B, frames, window]."""
        look = self.look
        if look.centred:
            half = look.window // 2
            waveforms = F.pad(waveforms.unsqueeze(1), (half, half), mode="reflect").squeeze(1)
        frames = waveforms.unfold(1, look.window, look.hop)
        if look.centred:
            frames = frames[:, :-1]
        if look.preemphasis:
            frames = frames - frames.mean(dim=2, keepdim=True)
            before = torch.cat([frames[..., :1], frames[..., :-1]], dim=2)
            frames = frames - look.preemphasis * before
        return frames * self.window
