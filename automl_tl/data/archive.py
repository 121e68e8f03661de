"""Archives: unpacked beside, within limits, and only inside their own folder."""

import errno
import logging
import lzma
import re
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from automl_tl.data.disk import room_for
from automl_tl.data.entries import Entry, EntryKind, entries
from automl_tl.errors import DatasetRefused
from automl_tl.filelock import FileLock
from automl_tl.steps import step

MOST_ENTRIES = 1_000_000
MOST_TIMES = 200
"""Data unpack to at most this many times the archive's size (pictures hardly at all, tables to about ten)."""

_SMALL_BYTES = 64 * 2**20  # below this nobody is harmed, however well it was packed
_BLOCK_BYTES = 2**20
_LOG = logging.getLogger(__name__)

_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,  # a compression that zipfile does not know
    RuntimeError,  # encrypted
    ValueError,
)
_BAD_NAME = (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EILSEQ, errno.EINVAL)


def unpack(archive: Path, *, into: Path, limit_bytes: int) -> Path:
    """Unpack a zip or tar (plain, gz, bz2, xz) into ``into``, and return the folder that holds the data.

    A folder that stands alone at the top is entered. What is unpacked already is only returned; the folder
    appears in one rename, and processes that want the same one wait for the first. Bytes are counted while
    they are written, whatever headers say.

    Raises DatasetRefused for entries that leave the folder, devices, broken or encrypted archives, more than
    ``limit_bytes``, a million entries, or 200 times the archive's own size; DiskFull.
    """
    with FileLock(into.with_name(f"{into.name}.lock")).exclusive(step):
        if not into.is_dir():
            stage = into.with_name(f"{into.name}.partial")
            shutil.rmtree(stage, ignore_errors=True)  # of a process that died
            try:
                _unpack(archive, stage=stage, limit_bytes=limit_bytes)
                stage.rename(into)
            finally:
                shutil.rmtree(stage, ignore_errors=True)
            _LOG.info("archive unpacked archive=%s into=%s", archive.name, into)
    return _entered(into)


def _unpack(archive: Path, *, stage: Path, limit_bytes: int) -> None:
    stage.mkdir(parents=True)
    try:
        with room_for(f"what {archive.name} unpacks to"):
            _write(entries(archive), archive=archive, stage=stage, limit_bytes=limit_bytes)
    except _BROKEN as error:
        raise DatasetRefused(f"{archive.name} is broken or cannot be unpacked: {error}") from error
    except OSError as error:
        # Decompressors raise OSError without a number; of the system's own, these come from strange names.
        if error.errno is None:
            raise DatasetRefused(f"{archive.name} is broken: {error}") from error
        if error.errno in _BAD_NAME:
            name = str(error.filename or "")[:200]
            raise DatasetRefused(f"{archive.name} holds a name that cannot be used, {name!r}") from error
        raise


def _write(found: Iterable[Entry], *, archive: Path, stage: Path, limit_bytes: int) -> None:
    allowance = _Allowance(archive, limit_bytes=limit_bytes)
    links: list[tuple[Entry, Path]] = []
    files = 0
    for entry in found:
        allowance.count_entry()
        path = stage / _inside(entry.name, archive=archive)
        if entry.kind is EntryKind.DEVICE:
            raise DatasetRefused(f'{archive.name} holds "{entry.name}", a device; only files are unpacked')
        if entry.kind is EntryKind.FOLDER:
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if entry.kind is not EntryKind.FILE:
            links.append((entry, path))  # made last, so that no file is written through a link
            continue
        with entry.opened() as source, path.open("wb") as file:
            while block := source.read(_BLOCK_BYTES):
                allowance.count_bytes(len(block))
                step()
                file.write(block)
        files += 1
    _link(links, archive=archive, stage=stage)
    if not files:
        raise DatasetRefused(f"{archive.name} holds no file")


def _inside(name: str, *, archive: Path) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name or re.match(r"[A-Za-z]:[/\\]", name):
        raise DatasetRefused(f'{archive.name} holds "{name}", which would land outside of its folder')
    return path


def _link(links: list[tuple[Entry, Path]], *, archive: Path, stage: Path) -> None:
    root = stage.resolve()
    for entry, path in links:
        if entry.kind is EntryKind.HARD_LINK:
            original = stage / _inside(entry.target, archive=archive)
            if not original.is_file():
                raise DatasetRefused(
                    f'{archive.name} links "{entry.name}" to "{entry.target}", which it has not'
                )
            path.hardlink_to(original)
    symbolic = [(entry, path) for entry, path in links if entry.kind is EntryKind.LINK]
    for entry, path in symbolic:
        if PurePosixPath(entry.target).is_absolute() or not path.parent.resolve().is_relative_to(root):
            raise _leaves(entry, archive=archive)
        path.symlink_to(entry.target)
    for entry, path in symbolic:  # again, with all of them in place: each may lead through others
        try:
            inside = path.resolve().is_relative_to(root)
        except (OSError, RuntimeError):  # a circle
            inside = False
        if not inside:
            raise _leaves(entry, archive=archive)


def _leaves(entry: Entry, *, archive: Path) -> DatasetRefused:
    return DatasetRefused(
        f'{archive.name} links "{entry.name}" to "{entry.target}", which leads out of its folder'
    )


def _entered(folder: Path) -> Path:
    while True:
        found = [p for p in folder.iterdir() if not p.name.startswith(".") and p.name != "__MACOSX"]
        if len(found) != 1 or found[0].is_symlink() or not found[0].is_dir():
            return folder
        if not any(p.is_dir() for p in found[0].iterdir()):
            return folder  # one class, not a wrapping
        folder = found[0]


class _Allowance:
    """What may still be unpacked; raises DatasetRefused when it is spent."""

    def __init__(self, archive: Path, *, limit_bytes: int) -> None:
        self._name = archive.name
        self._packed = archive.stat().st_size
        self._limit = limit_bytes
        self._bytes = 0
        self._entries = 0

    def count_entry(self) -> None:
        self._entries += 1
        if self._entries > MOST_ENTRIES:
            raise DatasetRefused(f"{self._name} holds more than {MOST_ENTRIES:,} entries")

    def count_bytes(self, written: int) -> None:
        self._bytes += written
        if self._bytes > self._limit:
            raise DatasetRefused(f"{self._name} unpacks to more than the {self._limit:,} bytes allowed")
        if self._bytes > max(_SMALL_BYTES, MOST_TIMES * self._packed):
            raise DatasetRefused(
                f"{self._name} unpacks to more than {MOST_TIMES} times its {self._packed:,} bytes: "
                "that is no dataset"
            )
