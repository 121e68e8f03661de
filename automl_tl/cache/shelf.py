"""The cache's folder: where entries and their locks lie, and which entries make room for others."""

import logging
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from automl_tl.filelock import FileLock

_log = logging.getLogger(__name__)
CARD = "entry.json"
_LOCKS = ".locks"
_MAKING = ".making"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Entries ``<key>/`` under one folder; one that is being made is ``<key>.making/``."""

    folder: Path

    def entry(self, key: str) -> Path:
        """Where an entry's files are; whole if it is there at all."""
        return self.folder / key

    def unfinished(self, key: str) -> Path:
        """Where an entry is made."""
        return self.folder / (key + _MAKING)

    def making(self, key: str) -> FileLock:
        """Held alone by the one process that makes the entry."""
        return FileLock(self.folder / _LOCKS / f"{key}.making")

    def entries(self, family: str) -> Iterator[Path]:
        """The whole entries whose keys begin with ``family`` and a dot."""
        if self.folder.is_dir():
            yield from (
                path for path in self._folders() if path.name.startswith(f"{family}.") and self.is_whole(path)
            )

    def is_whole(self, entry: Path) -> bool:
        """Whether an entry was finished; its card is written last, and moved into place with it."""
        return not entry.name.endswith(_MAKING) and (entry / CARD).is_file()

    def reading(self, key: str) -> FileLock:
        """Shared by those who read the entry."""
        return FileLock(self.folder / _LOCKS / f"{key}.reading")

    def room(self) -> FileLock:
        """Held by who counts bytes and makes room."""
        return FileLock(self.folder / _LOCKS / "room")

    def bytes(self) -> int:
        """What all entries take, unfinished ones included."""
        return sum(folder_bytes(folder) for folder in self._folders())

    def make_room(self, wanted_bytes: int, *, limit_bytes: int, evicted: Callable[[int], None]) -> bool:
        """Evict the least recently used until ``wanted_bytes`` more fit; False: too much is in use.

        ``evicted`` is told each one's bytes. Call it under ``room``.
        """
        taken = self.bytes()
        for folder in sorted(self._folders(), key=_last_use):
            if taken + wanted_bytes <= limit_bytes:
                break
            size = folder_bytes(folder)
            if self.evict(folder):
                taken -= size
                evicted(size)
        return taken + wanted_bytes <= limit_bytes

    def evict(self, folder: Path) -> bool:
        """Delete an entry unless somebody reads or makes it; whether it is gone."""
        key = folder.name.removesuffix(_MAKING)
        with self.making(key) as making, self.reading(key) as reading:
            if not (making.try_exclusive() and reading.try_exclusive()):
                return False
            shutil.rmtree(folder, ignore_errors=True)
            _log.info("activations evicted: key=%s", key)
            return not folder.exists()

    def _folders(self) -> Iterator[Path]:
        for entry in os.scandir(self.folder):
            if entry.is_dir() and entry.name != _LOCKS:
                yield Path(entry.path)


def folder_bytes(folder: Path) -> int:
    """What a folder's files take; what vanishes meanwhile counts nothing."""
    try:
        return sum(entry.stat().st_size for entry in os.scandir(folder))
    except FileNotFoundError:
        return 0


def _last_use(folder: Path) -> float:
    try:
        return (folder / CARD).stat().st_mtime
    except FileNotFoundError:
        return 0.0  # unfinished: its maker died, or holds the lock
