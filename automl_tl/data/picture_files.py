"""The picture or sound files of folders, one after another."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from automl_tl.data.image import IMAGE
from automl_tl.data.sound import SOUND
from automl_tl.errors import RequestError


def unfolded(inputs: Iterable[Path]) -> Iterator[Path]:
    """Each file, and in place of a folder its picture or sound files; raises RequestError for a bare one."""
    for path in inputs:
        if not path.is_dir():
            yield path
            continue
        found = False
        for picture in picture_files(path):
            found = True
            yield picture
        if not found:
            raise RequestError(f"{path} holds no picture and no sound")


def picture_files(folder: Path) -> Iterator[Path]:
    """The picture files below a folder, folder by folder in the order of their names; hidden ones are left.

    Where a sound comes first, the sound files.
    Memory grows with the largest single folder, not with how many there are.
    """
    suffixes = IMAGE.suffixes | SOUND.suffixes
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if not name.startswith(".") and path.suffix.lower() in suffixes and path.is_file():
                suffixes = IMAGE.suffixes if path.suffix.lower() in IMAGE.suffixes else SOUND.suffixes
                yield path
