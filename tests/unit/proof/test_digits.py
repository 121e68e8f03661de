"""The digits as a folder: the same every time."""

from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from automl_tl.proof.digits import write_digits


def test_all_digits_are_written_into_their_class_folders(tmp_path: Path) -> None:
    folder = write_digits(tmp_path / "digits")

    files = sorted(folder.rglob("*.png"))
    assert len(files) == 1797
    assert Counter(f.parent.name for f in files)["3"] == 183
    with Image.open(files[0]) as picture:
        assert (picture.size, picture.mode) == ((32, 32), "L")
        assert np.asarray(picture).max() > 200


def test_few_digits_hold_every_class(tmp_path: Path) -> None:
    folder = write_digits(tmp_path, limit=60)

    counts = Counter(f.parent.name for f in folder.rglob("*.png"))
    assert sum(counts.values()) == 60
    assert len(counts) == 10
    assert min(counts.values()) >= 4


def test_digits_are_the_same_bytes_again(tmp_path: Path) -> None:
    one, other = (write_digits(tmp_path / name, limit=20) for name in ("one", "other"))

    for file in one.rglob("*.png"):
        assert file.read_bytes() == (other / file.relative_to(one)).read_bytes()


def test_written_digits_are_not_written_again(tmp_path: Path) -> None:
    write_digits(tmp_path, limit=20)
    first = next(tmp_path.rglob("0000.png"))
    first.write_bytes(b"mine")

    write_digits(tmp_path, limit=20)

    assert first.read_bytes() == b"mine"
