"""Telling archives by their bytes."""

import tarfile
import zipfile
import zlib
from pathlib import Path

_STARTS = (
    (b"PK\x03\x04", ".zip"),
    (b"PK\x05\x06", ".zip"),
    (b"\x1f\x8b", ".tar.gz"),
    (b"BZh", ".tar.bz2"),
    (b"\xfd7zXZ\x00", ".tar.xz"),
)


def suffix_of(path: Path) -> str | None:
    """What an archive of these bytes is called (``.zip``, ``.tar.gz``, …); None where it is none."""
    with path.open("rb") as file:
        start = file.read(8)
    suffix = next((suffix for bytes_, suffix in _STARTS if start.startswith(bytes_)), ".tar")
    is_archive = zipfile.is_zipfile(path) if suffix == ".zip" else _is_tar(path)
    return suffix if is_archive else None


def _is_tar(path: Path) -> bool:
    try:
        return tarfile.is_tarfile(path)
    except (EOFError, OSError, zlib.error):  # packed, but what is inside breaks off at once
        return False
