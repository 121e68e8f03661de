"""Taking an uploaded archive or table onto this machine."""

import errno
import hashlib
import os
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from automl_tl.errors import DatasetRefused, DiskFull
from automl_tl.web.archives import suffix_of, table_suffix
from automl_tl.web.share import Share

BLOCK_BYTES = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An archive or a table that was taken, named by its content."""

    path: Path
    sha256: str
    size: int


async def take(chunks: AsyncIterator[bytes], *, share: Share, called: str = "") -> Upload:
    """Write the chunks into the share's folder under their sha256; the same bytes twice are kept once.

    What is no archive is a table where ``called`` ends like one. Raises DatasetRefused for anything else,
    TooLarge once the share is full, DiskFull.
    """
    folder = share.folder
    await run_in_threadpool(folder.mkdir, parents=True, exist_ok=True)
    partial = folder / f".{secrets.token_hex(8)}.partial"
    digest, size = hashlib.sha256(), 0
    try:
        with partial.open("wb") as file:
            async for block in _blocks(chunks):
                size += len(block)
                await run_in_threadpool(_add, file.fileno(), block, digest, share)
        return await run_in_threadpool(_name, partial, digest.hexdigest(), size, called, share)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"no room for the upload in {folder} after {size} bytes") from None
        raise
    finally:
        partial.unlink(missing_ok=True)


async def _blocks(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in larger pieces: each one costs a change of thread."""
    gathered = bytearray()
    async for chunk in chunks:
        gathered += chunk
        if len(gathered) >= BLOCK_BYTES:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


def _add(file: int, block: bytes, digest: "hashlib._Hash", share: Share) -> None:
    with share.alone():
        share.require_room(len(block))
        _write(file, block, digest)


def _write(file: int, block: bytes, digest: "hashlib._Hash") -> None:
    digest.update(block)
    view = memoryview(block)
    while view:
        view = view[os.write(file, view) :]


def _name(partial: Path, sha256: str, size: int, called: str, share: Share) -> Upload:
    suffix = suffix_of(partial) or table_suffix(partial, called=called)
    if suffix is None:
        raise DatasetRefused(
            "what was uploaded is neither a zip nor a tar archive, nor a table that its name or content type "
            "says it is"
        )
    path = partial.with_name(sha256 + suffix)
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    with share.alone():
        partial.replace(path)
    return Upload(path=path, sha256=sha256, size=size)
