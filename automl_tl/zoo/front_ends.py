"""Front ends of published sound models, from what their files say."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from automl_tl.model.sound_spec import LogMel, SoundPreprocessing

USUAL_RATE = 16_000
_WHISPER_SECONDS = 30
_LEAST_SECONDS = 0.25  # of a waveform; shorter ones give too few frames to tell anything
_MOST_SECONDS = 10.0  # of what can be of any length: the memory of attention grows with its square
_PATCH_STEP = 32  # frames; convolutional nets halve them five times


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontEnd:
    """``longest`` is it for the longest sounds it may have; others are ``shortest`` and steps above."""

    longest: SoundPreprocessing
    shortest: int
    step: int

    def fitted(self, samples: int) -> SoundPreprocessing:
        """As it is for sounds of so many ``samples``."""
        steps = -(-max(0, samples - self.shortest) // self.step)
        return replace(self.longest, samples=min(self.shortest + steps * self.step, self.longest.samples))


def audioset(*, frames: int, bands: int, channels: int = 1) -> FrontEnd:
    """The log-mel patches of VGGish and YAMNet (Hershey et al., arXiv 1609.09430), ``frames`` at least.

    25 ms every 10 ms, ``bands`` HTK mel bands of 125 to 7500 Hz, log(magnitude + 0.001).
    """
    log_mel = LogMel(window=400, hop=160, fft=512, bands=bands, lowest=125.0, highest=7500.0, offset=0.001)
    shortest, step = log_mel.samples(frames), _PATCH_STEP * log_mel.hop
    return FrontEnd(
        longest=SoundPreprocessing(
            rate=USUAL_RATE, samples=_up_to(_MOST_SECONDS, shortest, step), log_mel=log_mel, channels=channels
        ),
        shortest=shortest,
        step=step,
    )


def picture(*, size: int, channels: int) -> FrontEnd:
    """A log-mel spectrogram as a net that was pretrained on pictures can take it: ``size`` × ``size``.

    128 bands, levels laid over about [-1, 1]; longer sounds are squeezed further.
    """
    log_mel = LogMel(
        window=400,
        hop=160,
        fft=512,
        bands=128,
        lowest=60.0,
        highest=7800.0,
        offset=0.001,
        shift=-3.0,
        scale_by=3.0,
    )
    shortest, step = log_mel.samples(10), 10 * log_mel.hop
    return FrontEnd(
        longest=SoundPreprocessing(
            rate=USUAL_RATE,
            samples=_up_to(_MOST_SECONDS, shortest, step),
            log_mel=log_mel,
            channels=channels,
            size=size,
        ),
        shortest=shortest,
        step=step,
    )


def waveform(published: Mapping[str, Any]) -> FrontEnd:
    """What a ``preprocessor_config.json`` of wav2vec 2.0 and its kin says."""
    rate = int(published.get("sampling_rate", USUAL_RATE))
    shortest, step = ceil(_LEAST_SECONDS * rate), rate // 10
    return FrontEnd(
        longest=SoundPreprocessing(
            rate=rate,
            samples=_up_to(_MOST_SECONDS, shortest, step, rate=rate),
            standardised=bool(published.get("do_normalize", True)),
        ),
        shortest=shortest,
        step=step,
    )


def whisper(published: Mapping[str, Any], *, bands: int, places: int = 1500) -> FrontEnd:
    """What Whisper's ``preprocessor_config.json`` says; sounds may be shorter than its 30 seconds.

    The encoder has ``places``, one every two frames.
    """
    rate = int(published.get("sampling_rate", USUAL_RATE))
    fft, hop = int(published.get("n_fft", 400)), int(published.get("hop_length", 160))
    log_mel = LogMel(
        window=fft,
        hop=hop,
        fft=fft,
        bands=int(published.get("feature_size", bands)),
        lowest=0.0,
        highest=8000.0,
        scale="slaney",
        slopes="hertz",
        equal_area=True,
        power=2,
        centred=True,
        floor=1e-10,
        decimal=True,
        reach=8.0,
        shift=-4.0,
        scale_by=4.0,
    )
    longest = min(int(published.get("chunk_length", _WHISPER_SECONDS)) * rate, places * 2 * hop)
    return FrontEnd(
        longest=SoundPreprocessing(rate=rate, samples=longest, log_mel=log_mel, layout="bands"),
        shortest=10 * hop,
        step=10 * hop,
    )


def ast(published: Mapping[str, Any], *, bands: int, frames: int, patch: int, stride: int) -> FrontEnd:
    """What AST's ``preprocessor_config.json`` says; sounds may be shorter than its ``frames``.

    ``patch`` and ``stride`` are the net's, in frames.
    """
    rate = int(published.get("sampling_rate", USUAL_RATE))
    mean, std = float(published.get("mean", -4.2677393)), float(published.get("std", 4.5689974))
    is_normalised = bool(published.get("do_normalize", True))
    log_mel = LogMel(
        window=400,
        hop=160,
        fft=512,
        bands=int(published.get("num_mel_bins", bands)),
        lowest=20.0,
        highest=rate / 2,
        periodic=False,
        power=2,
        preemphasis=0.97,
        floor=1.192092955078125e-07,  # float32's epsilon, Kaldi's floor
        padded=0.0,
        shift=mean if is_normalised else 0.0,
        scale_by=2 * std if is_normalised else 1.0,
    )
    longest = log_mel.samples(int(published.get("max_length", frames)))
    return FrontEnd(
        longest=SoundPreprocessing(rate=rate, samples=longest, log_mel=log_mel, layout="frames"),
        shortest=log_mel.samples(patch + 2 * stride),
        step=stride * log_mel.hop,
    )


def _up_to(seconds: float, shortest: int, step: int, *, rate: int = USUAL_RATE) -> int:
    """The longest that steps from ``shortest`` reach within ``seconds``."""
    return shortest + max(0, int(seconds * rate) - shortest) // step * step
