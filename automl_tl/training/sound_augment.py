"""Sounds varied at random, at one strength from 0 (as they are) to 1."""

import numpy as np
import torch
from torch import Tensor

from automl_tl.model.sound_input import lengths_of

VIEW_STRENGTH = 0.5
SHIFT = 0.15
GAIN_DECIBELS = 12.0
HUSHED = 0.25
NOTCHED = 0.25

_MASKS = 2  # of each kind
_OCTAVES = 7  # below half the rate; what lies deeper is hum


def augment_sounds(sounds: Tensor, *, strength: float, randomness: np.random.Generator) -> Tensor:
    """Float32 sounds [B, T] of int16's range from sounds of that range and shape; padding stays 0.

    At strength s: up to 15 s % earlier or later, and up to 12 s dB louder or quieter; then, as SpecAugment
    does to spectrograms (Park et al., arXiv 1904.08779), twice up to 25 s % of the time is hushed, and twice
    up to 25 s % of the octaves taken out, each with probability s.
    """
    varied = sounds.float()
    if strength <= 0 or not len(varied):
        return varied
    lengths = lengths_of(varied)
    varied = _filtered(varied, strength=strength, randomness=randomness) * _inside(varied, lengths)
    varied = _hushed(varied, lengths, strength=strength, randomness=randomness)
    gain = 10 ** (randomness.uniform(-1, 1, (len(varied), 1)) * GAIN_DECIBELS * strength / 20)
    louder = (varied * torch.from_numpy(gain).to(varied)).clamp_(-32768, 32767)
    return _shifted(louder, lengths, strength=strength, randomness=randomness)


def viewed_sounds(sounds: Tensor, *, samples: np.ndarray, view: int) -> Tensor:
    """Version ``view`` of each sound [B, T]: drawn by its sha256, so the same in any batch."""
    versions = [
        augment_sounds(
            sound.unsqueeze(0),
            strength=VIEW_STRENGTH,
            randomness=np.random.default_rng([view, int(sample[:16], 16)]),
        )
        for sound, sample in zip(sounds, samples, strict=True)
    ]
    return torch.cat(versions) if versions else sounds.float()


def _inside(sounds: Tensor, lengths: Tensor) -> Tensor:
    places = torch.arange(sounds.shape[1], device=sounds.device)
    return places < lengths.unsqueeze(1)


def _filtered(sounds: Tensor, *, strength: float, randomness: np.random.Generator) -> Tensor:
    """Bands of random octaves taken out, as masks over mel bands would."""
    spectra = torch.fft.rfft(sounds)
    lines = spectra.shape[1]
    octaves = torch.log2(torch.arange(1, lines + 1, device=sounds.device) / lines * 2**_OCTAVES).clamp_min(0)
    for low, wide in _masks(len(sounds), strength=strength, most=NOTCHED, randomness=randomness):
        start, stop = (torch.from_numpy(edge * _OCTAVES).to(octaves) for edge in (low, low + wide))
        taken = (octaves >= start.unsqueeze(1)) & (octaves < stop.unsqueeze(1))
        spectra = spectra * ~taken
    found: Tensor = torch.fft.irfft(spectra, n=sounds.shape[1])
    return found


def _hushed(sounds: Tensor, lengths: Tensor, *, strength: float, randomness: np.random.Generator) -> Tensor:
    places = torch.arange(sounds.shape[1], device=sounds.device) / lengths.clamp_min(1).unsqueeze(1)
    for low, wide in _masks(len(sounds), strength=strength, most=HUSHED, randomness=randomness):
        start, stop = (torch.from_numpy(edge).to(sounds).unsqueeze(1) for edge in (low, low + wide))
        sounds = sounds * ~((places >= start) & (places < stop))
    return sounds


def _masks(
    count: int, *, strength: float, most: float, randomness: np.random.Generator
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Where each mask begins, and how wide it is, [B] each, in shares; half the masks at strength 0.5."""
    masks = []
    for _ in range(_MASKS):
        wide = randomness.uniform(0, most * strength, count) * (randomness.random(count) < strength)
        masks.append((randomness.random(count) * (1 - wide), wide))
    return masks


def _shifted(sounds: Tensor, lengths: Tensor, *, strength: float, randomness: np.random.Generator) -> Tensor:
    """What leaves at one end is lost, and zeros follow at the other."""
    total = sounds.shape[1]
    drawn = torch.from_numpy(randomness.uniform(-1, 1, len(sounds))).to(sounds.device)
    reach = lengths * SHIFT * strength
    places = torch.arange(total, device=sounds.device) - (drawn * reach).long().unsqueeze(1)
    moved = sounds.gather(1, places.clamp(0, total - 1))
    return moved * ((places >= 0) & (places < total))
