"""Telling archives by their bytes, and tables by what they are called."""

import tarfile
import zipfile
import zlib
from pathlib import Path

from automl_tl.data.delimited import require_utf8
from automl_tl.data.rows import COLUMNAR, SUFFIXES
from automl_tl.domain.content_types import CONTENT_TYPES
from automl_tl.errors import DatasetRefused, RequestError

_STARTS = (
    (b"PK\x03\x04", ".zip"),
    (b"PK\x05\x06", ".zip"),
    (b"\x1f\x8b", ".tar.gz"),
    (b"BZh", ".tar.bz2"),
    (b"\xfd7zXZ\x00", ".tar.xz"),
)
_TYPES = {kind: suffix for suffix, kind in CONTENT_TYPES.items()}
_TEXTS = SUFFIXES - COLUMNAR


def suffix_of(path: Path) -> str | None:
    """What an archive of these bytes is called (``.zip``, ``.tar.gz``, …); None where it is none."""
    with path.open("rb") as file:
        start = file.read(8)
    suffix = next((suffix for bytes_, suffix in _STARTS if start.startswith(bytes_)), ".tar")
    is_archive = zipfile.is_zipfile(path) if suffix == ".zip" else _is_tar(path)
    return suffix if is_archive else None


def table_suffix(path: Path, *, called: str) -> str | None:
    """What a table of this file name or content type ends in (``.csv``, …); None where it is none.

    Parquet is told by its bytes. Raises DatasetRefused for a text table that is not UTF-8.
    """
    with path.open("rb") as file:
        if file.read(4) == b"PAR1":
            return ".parquet"
    named = Path(called).suffix.lower()
    suffix = _TYPES.get(called.partition(";")[0].strip().lower(), named)
    if suffix not in _TEXTS or not path.stat().st_size:
        return None
    try:
        require_utf8(path, called="what was uploaded")
    except RequestError as error:
        raise DatasetRefused(str(error)) from None
    return suffix


def _is_tar(path: Path) -> bool:
    try:
        return tarfile.is_tarfile(path)
    except (EOFError, OSError, zlib.error):  # packed, but what is inside breaks off at once
        return False
