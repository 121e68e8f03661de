"""Sound files become the samples that a backbone wants to hear, or say in one clause why not."""

from io import BytesIO

import numpy as np
import pytest
import soundfile

from automl_tl.model.sound import SoundUnreadable, load_sound, seconds_of, shape_sound, verify
from automl_tl.model.sound_spec import SoundPreprocessing

RATE = 16_000


def _tone(hertz: float, *, seconds: float = 0.5, rate: int = RATE, loud: float = 0.5) -> np.ndarray:
    return loud * np.cos(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def _file(waveform: np.ndarray, *, rate: int = RATE, kind: str = "WAV", subtype: str | None = None) -> bytes:
    file = BytesIO()
    soundfile.write(file, waveform, rate, format=kind, subtype=subtype)
    return file.getvalue()


def _look(samples: int, *, rate: int = RATE) -> SoundPreprocessing:
    return SoundPreprocessing(rate=rate, samples=samples)


@pytest.mark.parametrize(
    ("kind", "subtype", "tolerance"),
    [
        ("WAV", "PCM_U8", 0.01),
        ("WAV", "PCM_16", 1e-4),
        ("WAV", "PCM_24", 1e-4),
        ("WAV", "PCM_32", 1e-4),
        ("WAV", "FLOAT", 1e-4),
        ("WAV", "DOUBLE", 1e-4),
        ("WAV", "ULAW", 0.02),
        ("FLAC", "PCM_24", 1e-4),
        ("OGG", "VORBIS", 0.05),
        ("MP3", "MPEG_LAYER_III", 0.05),
        ("AIFF", "PCM_16", 1e-4),
    ],
)
def test_each_format_is_read(kind: str, subtype: str, tolerance: float) -> None:
    tone = _tone(440)

    heard = load_sound(_file(tone, kind=kind, subtype=subtype), preprocessing=_look(len(tone)))

    middle = slice(1000, -1000)  # lossy formats blur the ends, and MP3 shifts by its own delay
    spectrum = np.abs(np.fft.rfft(heard[middle] / 32768))
    assert np.argmax(spectrum) == round(440 * len(heard[middle]) / RATE)
    if kind != "MP3":
        assert np.abs(heard[middle] / 32768 - tone[middle]).max() < tolerance


def test_sixteen_bits_at_the_same_rate_stay_as_they_are() -> None:
    samples = np.random.default_rng(0).integers(-32768, 32768, 500, np.int16)
    samples[[0, -1]] = 1

    heard = load_sound(_file(samples), preprocessing=_look(600))

    assert np.array_equal(heard[:500], samples) and not heard[500:].any()


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000])
def test_resampling_keeps_a_tone_and_leaves_out_what_the_new_rate_cannot_carry(rate: int) -> None:
    kept = 0.4 * min(rate, RATE)
    loud = _tone(kept, rate=rate) + (_tone(0.6 * RATE, rate=rate) if rate > 2 * 0.6 * RATE else 0)

    heard = shape_sound(loud, rate=rate, preprocessing=_look(RATE // 2)) / 32768

    middle = slice(200, -200)
    assert np.abs(heard - _tone(kept))[middle].max() < 2e-4


def test_stereo_at_96_khz_is_one_channel_at_the_networks_rate() -> None:
    left, right = _tone(500, rate=96_000), _tone(900, rate=96_000)

    heard = load_sound(
        _file(np.stack([left, right], axis=1), rate=96_000, subtype="PCM_24"), preprocessing=_look(8000)
    )

    assert np.abs(heard / 32768 - (_tone(500) + _tone(900)) / 2)[200:-200].max() < 2e-4


def test_digital_silence_around_is_cut_off_and_the_middle_of_long_sounds_kept() -> None:
    ramp = np.arange(1, 101, dtype=np.int16)
    around = np.concatenate([np.zeros(50, np.int16), ramp, np.zeros(7, np.int16)])

    short = load_sound(_file(around), preprocessing=_look(120))
    long = load_sound(_file(around), preprocessing=_look(40))

    assert np.array_equal(short, np.concatenate([ramp, np.zeros(20, np.int16)]))
    assert np.array_equal(long, ramp[30:70])


def test_silence_is_a_sound_too() -> None:
    assert not load_sound(_file(np.zeros(100)), preprocessing=_look(60)).any()


def test_floats_beyond_full_scale_are_made_quieter_as_a_whole() -> None:
    heard = shape_sound(np.array([0.5, 2.0, -1.0]), rate=RATE, preprocessing=_look(3))

    assert heard.tolist() == [8192, 32767, -16384]


def test_a_files_length_is_told_by_its_header() -> None:
    assert seconds_of(_file(_tone(440, seconds=0.25))) == 0.25


WHOLE = _file(_tone(440))


@pytest.mark.parametrize(
    ("data", "clause"),
    [
        (b"", "is empty"),
        (b"not a sound at all, only text", "is not a sound in a format that can be read"),
        (WHOLE[:3000], "breaks off: its last 13,044 bytes are missing"),
        (WHOLE[:44], "breaks off: its last 16,000 bytes are missing"),
        (WHOLE[:20], "is not a sound in a format that can be read"),
        (_file(np.zeros(0)), "holds no sound: it has 0 samples"),
        (_file(np.array([0.0, np.nan]), subtype="FLOAT"), "holds NaN or infinity, but samples are numbers"),
        (_file(np.zeros(10), rate=500), "has 500 samples a second, but 1,000 to 384,000 are read"),
        (_file(np.zeros((10, 40))), "has 40 channels, but a sound has at most 32"),
        (
            _file(np.zeros(601_000, np.int16), rate=1000, kind="FLAC"),
            "lasts 601 seconds, but a sound lasts at most 600",
        ),
    ],
    ids=lambda value: "file" if isinstance(value, bytes) else None,  # files tell when they were written
)
def test_what_is_no_sound_says_so_in_one_clause(data: bytes, clause: str) -> None:
    with pytest.raises(SoundUnreadable) as refused:
        verify(data)

    assert str(refused.value) == clause


def test_a_flac_that_breaks_off_is_found() -> None:
    noise = np.random.default_rng(0).standard_normal(20_000) * 0.1

    with pytest.raises(SoundUnreadable, match="breaks off"):
        verify(_file(noise, kind="FLAC")[:9000])
