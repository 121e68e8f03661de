"""An export as the daemon sends it, laid down in a folder."""

import json
import shutil
import zipfile
from pathlib import Path, PurePosixPath
from typing import IO

from automl_tl.client.connection import Json
from automl_tl.errors import TransientError
from automl_tl.serving.new_folder import new_folder

_SAID, _FILES = "export.json", "files"


def lay_down(packed: IO[bytes], to: Path) -> Json:
    """Write the archive's files into ``to``, which appears whole; what the export found.

    Raises Conflict (``to`` holds something), TransientError (the archive broke off), OperatorError.
    """
    with new_folder(to) as folder:
        try:
            with zipfile.ZipFile(packed) as archive:
                said: Json = json.loads(archive.read(_SAID))
                for entry in archive.infolist():
                    path = PurePosixPath(entry.filename)
                    if path.parent == PurePosixPath(_FILES):  # nothing is written anywhere else
                        with archive.open(entry) as source, (folder / path.name).open("wb") as target:
                            shutil.copyfileobj(source, target)
        except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
            raise TransientError(f"the daemon's export is no whole archive: {error}") from error
    return said
