"""What an archive holds, entry by entry, whatever its format."""

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from tarfile import (  # type: ignore[attr-defined]  # typeshed has not all of them
    InvalidHeaderError,
    ReadError,
    TruncatedHeaderError,
)
from typing import IO, Self, cast

from automl_tl.errors import DatasetRefused

_HEADER_BYTES = 2**20  # between two files a tar has names and times; longer headers are an attack
_DIRECTORY_BYTES = 2**27  # of a zip, read into memory at once; a million entries need about 100 MB
_UNPACKERS = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\x00", lzma.open))


class EntryKind(StrEnum):
    """What an entry becomes on disk."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "symbolic link"
    HARD_LINK = "hard link"
    DEVICE = "device"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as the archive tells it; nothing about it is trusted yet.

    ``opened`` gives the bytes, once, before the next entry is asked for; ``target`` is a link's.
    """

    name: str
    kind: EntryKind
    opened: Callable[[], IO[bytes]]
    target: str = ""


def entries(archive: Path) -> Iterator[Entry]:
    """Every entry of a zip or a tar (plain, gz, bz2, xz), in order; DatasetRefused for anything else."""
    if zipfile.is_zipfile(archive):
        return _zip_entries(archive)
    return _tar_entries(archive)


def _zip_entries(archive: Path) -> Iterator[Entry]:
    with _Careful(archive) as file, zipfile.ZipFile(file) as opened:
        for info in opened.infolist():
            mode = info.external_attr >> 16
            name = info.filename.replace("\\", "/")
            if info.is_dir() or stat.S_ISDIR(mode):
                kind = EntryKind.FOLDER
            elif stat.S_ISLNK(mode):
                kind = EntryKind.LINK
            elif stat.S_IFMT(mode) not in (0, stat.S_IFREG):
                kind = EntryKind.DEVICE
            else:
                kind = EntryKind.FILE
            target = ""
            if kind is EntryKind.LINK:
                with opened.open(info) as text:
                    target = text.read(4096).decode("utf-8", errors="surrogateescape")
            yield Entry(name=name, kind=kind, opened=partial(opened.open, info), target=target)


def _tar_entries(archive: Path) -> Iterator[Entry]:
    with closing(_Metered(_unpacked(archive))) as stream:
        try:
            opened = tarfile.open(fileobj=stream, mode="r|", tarinfo=_StrictHeader)  # noqa: SIM115  (closed with its stream)
        except ReadError as error:
            raise DatasetRefused(f"{archive.name} is not a zip or a tar, or is broken: {error}") from error
        while (member := opened.next()) is not None:
            opened.members.clear()  # type: ignore[attr-defined]  # tarfile would remember them all
            stream.expect(member.size)
            yield Entry(
                name=member.name,
                kind=_tar_kind(member),
                opened=cast(Callable[[], IO[bytes]], partial(opened.extractfile, member)),
                target=member.linkname,
            )


def _tar_kind(member: tarfile.TarInfo) -> EntryKind:
    if member.isdir():
        return EntryKind.FOLDER
    if member.issym():
        return EntryKind.LINK
    if member.islnk():
        return EntryKind.HARD_LINK
    return EntryKind.FILE if member.isreg() else EntryKind.DEVICE


def _unpacked(archive: Path) -> IO[bytes]:
    with archive.open("rb") as file:
        start = file.read(6)
    for signature, unpacker in _UNPACKERS:
        if start.startswith(signature):
            return cast(IO[bytes], unpacker(archive))
    return archive.open("rb")


class _StrictHeader(tarfile.TarInfo):
    """A header that does not pass damage off as the archive's end, as tarfile does behind the first file."""

    @classmethod
    def fromtarfile(cls, tarfile: tarfile.TarFile) -> Self:
        try:
            return super().fromtarfile(tarfile)
        except (TruncatedHeaderError, InvalidHeaderError) as error:
            raise ReadError(str(error)) from error


class _Careful(io.FileIO):
    """A file that does not read without bound what a header asks for."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _DIRECTORY_BYTES:
            raise DatasetRefused(
                f"{Path(str(self.name)).name} has a directory of {size:,} bytes: too many entries"
            )
        return super().read(size if size is not None else -1)


class _Metered(io.RawIOBase):
    """A tar's bytes, cut off where headers between two files become longer than headers are."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._left = _HEADER_BYTES

    def expect(self, size: int) -> None:
        """Let the next file's bytes through, and the headers behind it."""
        self._left = size + _HEADER_BYTES

    def read(self, size: int | None = -1, /) -> bytes:
        data = self._stream.read(-1 if size is None else size)
        self._left -= len(data)
        if self._left < 0:
            raise DatasetRefused(
                "the archive has a header of more than 1 MiB, but headers hold names and times"
            )
        return data

    def close(self) -> None:
        self._stream.close()
        super().close()
