"""The picture files of folders, one after another."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from automl_tl.data.image import IMAGE
from automl_tl.errors import RequestError


def unfolded(inputs: Iterable[Path]) -> Iterator[Path]:
    """Each file, and in a folder's place the picture files below it; raises RequestError for a bare one."""
    for path in inputs:
        if not path.is_dir():
            yield path
            continue
        found = False
        for picture in picture_files(path):
            found = True
            yield picture
        if not found:
            raise RequestError(f"{path} holds no picture")


def picture_files(folder: Path) -> Iterator[Path]:
    """The picture files below a folder, folder by folder in the order of their names; hidden ones are left.

    Memory grows with the largest single folder, not with how many there are.
    """
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if not name.startswith(".") and path.suffix.lower() in IMAGE.suffixes and path.is_file():
                yield path
