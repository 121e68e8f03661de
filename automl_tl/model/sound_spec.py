"""What weights want to hear, as JSON: rate, length, and the front end before the first layer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class LogMel:
    """A log-mel spectrogram of a waveform in [-1, 1].

    Frames of ``window`` samples every ``hop``, weighted by a Hann window (``periodic``: without its last
    zero), Fourier transformed over ``fft`` samples; magnitudes to the ``power`` 1 or 2; ``bands`` triangles
    from ``lowest`` to ``highest`` Hz, evenly spaced on the mel ``scale`` ``htk`` (2595 log10(1 + f / 700)) or
    ``slaney`` (linear below 1 kHz), straight lines over ``mel`` or ``hertz`` (``slopes``), each of area 1
    where ``equal_area``; then log(max(x, ``floor``) + ``offset``), to the base 10 where ``decimal``.

    ``centred`` frames are centred on multiples of ``hop``, the ends mirrored, the last one dropped; others
    lie wholly inside. ``preemphasis`` p makes each frame x[t] − p x[t−1], after its mean was taken off.
    ``reach`` raises what lies further below the clip's loudest value; ``padded`` is put where a frame
    reaches into the padding. At last ``shift`` is taken off, and the rest divided by ``scale_by``.
    """

    window: int
    hop: int
    fft: int
    bands: int
    lowest: float
    highest: float
    scale: str = "htk"
    slopes: str = "mel"
    equal_area: bool = False
    periodic: bool = True
    power: int = 1
    centred: bool = False
    preemphasis: float = 0.0
    floor: float = 0.0
    offset: float = 0.0
    decimal: bool = False
    reach: float | None = None
    padded: float | None = None
    shift: float = 0.0
    scale_by: float = 1.0

    def frames(self, samples: int) -> int:
        """How many frames ``samples`` give; 0 where they do not fill one."""
        if self.centred:
            return samples // self.hop
        return max(0, 1 + (samples - self.window) // self.hop)

    def samples(self, frames: int) -> int:
        """The fewest samples that give ``frames``."""
        return frames * self.hop if self.centred else (frames - 1) * self.hop + self.window


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundPreprocessing:
    """What the weights want to hear.

    A sound becomes one channel of ``samples`` int16 at ``rate`` per second: longer ones keep their middle,
    shorter ones are followed by zeros. Without ``log_mel`` the network reads the waveform [T], where
    ``standardised`` with mean 0 and variance 1 over what is no padding. With it the network reads, by
    ``layout``: a ``picture`` [C, frames, bands] of ``channels`` equal channels, resampled to ``size`` ×
    ``size`` where that is given; ``frames`` [frames, bands]; or ``bands`` [bands, frames].
    """

    modality: ClassVar[str] = "audio"
    dtype: ClassVar[str] = "int16"
    axes: ClassVar[tuple[int, ...]] = (0, 1)
    files: ClassVar[tuple[str, ...]] = ()

    rate: int
    samples: int
    log_mel: LogMel | None = None
    standardised: bool = False
    layout: str = "picture"
    channels: int = 1
    size: int | None = None

    def __post_init__(self) -> None:
        """As it comes from JSON, the front end is an object."""
        given: object = self.log_mel
        if isinstance(given, Mapping):
            object.__setattr__(self, "log_mel", LogMel(**given))

    @property
    def length(self) -> int:
        """T."""
        return self.samples

    @property
    def shape(self) -> tuple[int, ...]:
        """(T,)."""
        return (self.samples,)

    @property
    def stored_shape(self) -> tuple[int, ...]:
        """(T,)."""
        return (self.samples,)

    @property
    def prepared_by(self) -> tuple[object, ...]:
        """Rate and length; the front end comes later, so nets with other ones share what is prepared."""
        return "sound", self.rate, self.samples

    @property
    def geometry(self) -> tuple[int, ...]:
        """The shape of what the network reads of one sound, float32."""
        if self.log_mel is None:
            return (self.samples,)
        frames, bands = self.log_mel.frames(self.samples), self.log_mel.bands
        if self.layout == "picture":
            return (self.channels, self.size or frames, self.size or bands)
        return (frames, bands) if self.layout == "frames" else (bands, frames)
