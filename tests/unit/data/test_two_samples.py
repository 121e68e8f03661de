"""A classifier tells sides apart that come from different sources, and no others."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from automl_tl.data.looks import looks_of
from automl_tl.data.sketch import SIDE, SKETCH
from automl_tl.data.sound import sketch_sound
from automl_tl.data.text_sketch import sketch_texts
from automl_tl.data.two_samples import MOST, TwoSamples, compare, drawn
from automl_tl.domain.dataset import Modality

RAMP = np.linspace(-1, 1, SIDE)


def pictures(draw: np.random.Generator, *, slopes: NDArray[np.float64]) -> NDArray[np.float32]:
    """Looks of noise, each with light that falls from left to right by its slope."""
    sketches = np.zeros(len(slopes), dtype=SKETCH)
    noise = draw.normal(128, 30, (len(slopes), SIDE, SIDE))
    sketches["grey"] = np.clip(noise + slopes[:, None, None] * RAMP, 0, 255)
    return looks_of(sketches, np.arange(len(slopes)), modality=Modality.IMAGE)


def told(
    looks: NDArray[np.float32],
    sides: NDArray[np.bool_],
    *,
    labels: Sequence[str] | None = None,
    units: NDArray[np.intp] | None = None,
) -> TwoSamples:
    """One class, and every sample by itself, where nothing else is said."""
    rows = np.arange(len(looks))
    return compare(
        looks, sides=sides, labels=labels or ["a"] * len(rows), units=rows if units is None else units
    )


def test_light_from_one_side_alone_is_told_from_light_from_either() -> None:
    draw = np.random.default_rng(0)
    sides = np.arange(400) % 4 == 0
    slopes = np.where(sides, 20.0, draw.choice([-20.0, 20.0], 400))

    found = told(pictures(draw, slopes=slopes), sides)

    assert found.auroc > 0.7
    assert found.chance < 1e-4


def test_chance_is_no_difference() -> None:
    chances = []
    for seed in range(30):
        draw = np.random.default_rng(seed)
        chances.append(told(pictures(draw, slopes=draw.normal(0, 30, 300)), draw.random(300) < 0.2).chance)

    assert min(chances) > 1e-3
    assert np.mean(np.array(chances) < 0.5) == pytest.approx(0.5, abs=0.2)


def test_classes_in_other_shares_are_no_difference() -> None:
    draw = np.random.default_rng(1)
    is_cat = draw.random(1000) < 0.5
    sides = draw.random(1000) < np.where(is_cat, 0.6, 0.1)
    looks = pictures(draw, slopes=np.where(is_cat, 60.0, draw.exponential(20, 1000)))

    blind = told(looks, sides)
    found = told(looks, sides, labels=["cat" if one else "dog" for one in is_cat])

    assert blind.auroc > 0.7
    assert found.auroc < 0.55


def test_groups_that_lie_on_one_side_are_no_difference_of_the_sides() -> None:
    """Each of sixty patients has a light of his own: who has seen some pictures of him knows his side."""
    draw = np.random.default_rng(2)
    patient = np.arange(900) % 60
    lights = draw.normal(0, 60, (60, SIDE))
    sketches = np.zeros(900, dtype=SKETCH)
    sketches["grey"] = np.clip(draw.normal(128, 10, (900, SIDE, SIDE)) + lights[patient][:, None], 0, 255)
    looks = looks_of(sketches, np.arange(900), modality=Modality.IMAGE)
    sides = patient % 2 == 0

    alone = told(looks, sides)
    found = told(looks, sides, units=patient)

    assert alone.auroc > 0.7
    assert found.chance > 1e-3


def test_speakers_who_say_every_word_count_as_speakers() -> None:
    """Forty of them, each on one side by lot: many words of a speaker are no many speakers."""
    chances = []
    for seed in range(30):
        draw = np.random.default_rng(seed)
        speaker, word = (part.ravel() for part in np.indices((40, 10)))
        voices = draw.normal(0, 20, (40, SIDE))
        sketches = np.zeros(400, dtype=SKETCH)
        noise = draw.normal(128, 10, (400, SIDE, SIDE))
        sketches["grey"] = np.clip(noise + voices[speaker][:, None], 0, 255)
        looks = looks_of(sketches, np.arange(400), modality=Modality.AUDIO)
        sides = draw.permutation(np.arange(40) % 2 == 0)[speaker]
        chances.append(told(looks, sides, labels=[str(one) for one in word], units=speaker).chance)

    assert min(chances) > 1e-3
    assert (np.array(chances) < 0.05).mean() <= 0.15


@pytest.mark.parametrize("words", [6, 60, 600])
def test_texts_about_something_else_are_told_apart(words: int) -> None:
    draw = np.random.default_rng(3)
    stems = [
        f"{first}{last}" for first in ("mor", "tal", "ven", "ish") for last in ("ten", "lor", "sib", "a")
    ]
    sides = np.arange(400) % 2 == 0
    said = [
        draw.choice([f"{stem}{end}" for stem in stems for end in "xy"[: 2 - side]], words) for side in sides
    ]
    texts = [" ".join(text).encode() for text in said]
    looks = looks_of(sketch_texts(texts), np.arange(400), modality=Modality.TEXT)

    assert told(looks, sides).auroc > 0.7


def test_a_sound_of_a_speaker_who_is_not_in_training_is_told(shared_data: Path) -> None:
    files = sorted((shared_data / "audio" / "fsdd").glob("*/*/*_[0-4].wav"))
    sketches = np.frombuffer(b"".join(sketch_sound(file.read_bytes()) for file in files), dtype=SKETCH)
    looks = looks_of(sketches, np.arange(len(files)), modality=Modality.AUDIO)
    labels = [file.parent.name for file in files]

    heard = told(looks, np.arange(len(files)) % 5 == 0, labels=labels)
    unheard = told(looks, np.array(["theo" in file.name for file in files]), labels=labels)

    assert len(files) == 300
    assert unheard.auroc > 0.9
    assert heard.auroc < 0.6


def test_few_of_many_are_looked_at() -> None:
    sides = np.arange(3 * MOST) < MOST // 2

    rows = drawn(sides)

    assert len(set(rows.tolist())) == len(rows) == MOST + MOST // 2
    assert sides[rows].sum() == MOST // 2
    assert (np.diff(rows) > 0).all()
