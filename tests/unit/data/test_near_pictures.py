"""Near copies of pictures are found, whatever was done to them; what only looks alike is none."""

from functools import lru_cache

import numpy as np
import pytest
from drawn_copies import CHANGES, encoded, scene
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from automl_tl.data.near_pictures import LEAST_LIKE, MOST_LIKE, near_pictures
from automl_tl.data.sketch import SKETCH, sketch_picture

SCENES = 120


@pytest.fixture(scope="module")
def scenes() -> list[bytes]:
    return [encoded(scene(seed)) for seed in range(SCENES)]


sketch = lru_cache(sketch_picture)  # the scenes are looked at in many tests


def sketched(files: list[bytes]) -> NDArray[np.void]:
    return np.frombuffer(b"".join(map(sketch, files)), dtype=SKETCH)


def pairs(files: list[bytes]) -> set[tuple[int, ...]]:
    found = near_pictures(sketched(files), np.arange(len(files)))
    return {tuple(sorted(pair)) for pair in found.pairs.tolist()}


@pytest.mark.parametrize("change", CHANGES)
def test_every_changed_copy_is_found_and_nothing_else(scenes: list[bytes], change: str) -> None:
    copies = [CHANGES[change](scene(seed)) for seed in range(6)]

    assert pairs([*scenes, *copies]) == {(seed, SCENES + seed) for seed in range(6)}


def test_order_of_the_files_does_not_matter(scenes: list[bytes]) -> None:
    files = [*scenes, *(CHANGES["cropped"](scene(seed)) for seed in range(10))]

    turned = {tuple(sorted(len(files) - 1 - i for i in pair)) for pair in pairs(files[::-1])}

    assert turned == pairs(files)


def test_one_shape_in_many_colours_is_many_pictures() -> None:
    files = []
    for number in range(120):
        picture = Image.new("RGB", (48, 48), "white")
        shade = 110 + 12 * (number // 10)
        colour = [(shade, 20, 20), (20, shade, 20), (20, 20, shade)][number % 3]
        ImageDraw.Draw(picture).ellipse((8, 8, 30 + number // 12, 40), fill=colour)
        files.append(encoded(picture))

    found = near_pictures(sketched(files), np.arange(len(files)))

    assert all(one % 3 == other % 3 for one, other in found.pairs.tolist())


def test_blank_pictures_are_no_copies_of_each_other() -> None:
    files = [encoded(Image.new("RGB", (32, 32), (shade, shade, 255 - shade))) for shade in range(120)]

    assert pairs(files) == set()


def test_more_likeness_is_asked_where_all_pictures_are_alike(scenes: list[bytes]) -> None:
    draw = np.random.default_rng(0)
    alike = []
    for _ in range(120):
        picture = Image.new("L", (28, 28), 0)
        left, top, wide, high = draw.integers(3, 7), draw.integers(2, 6), draw.integers(12, 17), 20
        ImageDraw.Draw(picture).rounded_rectangle(
            (left, top, left + wide, top + high), radius=4, fill=int(draw.integers(120, 255))
        )
        ImageDraw.Draw(picture).line((left + wide // 2, top + 8, left + wide // 2, 27), fill=0)
        alike.append(encoded(picture))

    of_scenes = near_pictures(sketched(scenes), np.arange(len(scenes)))
    of_trousers = near_pictures(sketched(alike), np.arange(len(alike)))

    assert of_scenes.threshold == LEAST_LIKE
    assert LEAST_LIKE < of_trousers.threshold <= MOST_LIKE


def test_few_pictures_are_compared_too() -> None:
    files = [encoded(scene(seed)) for seed in range(3)]

    assert pairs([]) == pairs(files[:1]) == set()
    assert pairs([*files, CHANGES["saved again"](scene(1))]) == {(1, 3)}
