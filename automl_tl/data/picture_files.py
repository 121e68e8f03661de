"""The picture files of a folder, one after another."""

import os
from collections.abc import Iterator
from pathlib import Path

from automl_tl.data.image import IMAGE


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
