"""Files that lie in cells of tables: laid down beside, within limits, so that they are files like others."""

import hashlib
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from automl_tl.data.disk import room_for
from automl_tl.errors import DatasetRefused

FOLDER = ".embedded"
"""Where the files of an unpacked archive's tables are laid down, inside it: what is let go goes together."""

_STARTS = (
    (b"\x89PNG", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"GIF8", ".gif"),
    (b"BM", ".bmp"),
    (b"II*\0", ".tif"),
    (b"MM\0*", ".tif"),
    (b"fLaC", ".flac"),
    (b"OggS", ".ogg"),
    (b"ID3", ".mp3"),
    (b"\xff\xfb", ".mp3"),
)
_RIFFS = {b"WAVE": ".wav", b"WEBP": ".webp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A file in a cell: its bytes, or None and the name of one beside the table."""

    data: bytes | None
    name: str

    @property
    def suffix(self) -> str:
        """How a file of these bytes is called, else of this name; ``.bin`` where neither says."""
        head = (self.data or b"")[:12]
        told = next((suffix for start, suffix in _STARTS if head.startswith(start)), None)
        if told is None and head.startswith(b"RIFF"):
            told = _RIFFS.get(head[8:])
        named = PurePath(self.name).suffix.lower()
        return told or (named if named[1:].isalnum() and named.isascii() else ".bin")


def cell_of(cell: object) -> Cell | None:
    """The file of a cell that is bytes, or bytes and a path as Hugging Face's are; None for anything else."""
    if isinstance(cell, bytes):
        return Cell(data=cell, name="")
    if isinstance(cell, dict) and isinstance(cell.get("bytes"), bytes | None) and "path" in cell:
        name = cell["path"] if isinstance(cell["path"], str) else ""
        return Cell(data=cell.get("bytes"), name=name) if name or cell.get("bytes") is not None else None
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """Where files of cells are laid down: below ``datasets``, at most ``limit_bytes`` of a dataset."""

    datasets: Path
    limit_bytes: int

    def begin(self, tables: Sequence[Path], *, root: Path) -> "Laid":
        """The folder for the files of these tables below ``root``: the same for the same tables."""
        if root.is_relative_to(self.datasets.resolve()):
            return Laid(root / FOLDER, limit_bytes=self.limit_bytes)
        digest = hashlib.sha256()
        for table in tables:
            with table.open("rb") as file:
                digest.update(f"{table.relative_to(root)}\0".encode())
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return Laid(self.datasets.resolve() / digest.hexdigest(), limit_bytes=self.limit_bytes)


class Laid:
    """Files laid down in ``folder``, each in one rename; threads and processes may do it at once."""

    def __init__(self, folder: Path, *, limit_bytes: int) -> None:
        self.folder = folder
        self._limit = limit_bytes
        self._bytes = 0
        self._lock = threading.Lock()

    def lay_down(self, name: str, data: bytes) -> Path:
        """Write a file, unless it is there; raises DatasetRefused beyond the limit, DiskFull."""
        with self._lock:
            self._bytes += len(data)
        if self._bytes > self._limit:
            raise DatasetRefused(f"the tables hold files of more than the {self._limit:,} bytes allowed")
        path = self.folder / name
        if path.is_file() and path.read_bytes() == data:
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_native_id()}")
        with room_for(path):
            beside.write_bytes(data)
        beside.replace(path)
        return path
