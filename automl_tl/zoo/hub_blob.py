"""A file's bytes on their way into the hub's cache: resumed where they were cut, held against their hash."""

import hashlib
import re
from pathlib import Path
from typing import Any, BinaryIO, cast

from huggingface_hub import HfFileMetadata
from huggingface_hub.file_download import http_get
from huggingface_hub.utils import (  # type: ignore[attr-defined]  # public, but loaded lazily
    build_hf_headers,
    disable_progress_bars,
)

from automl_tl.domain.prefetch import Progress
from automl_tl.errors import CandidateFailed
from automl_tl.steps import step
from automl_tl.zoo.hub_patience import patiently

_PART = ".automl-tl.incomplete"


def keep_blob(folder: Path, url: str, told: HfFileMetadata, *, progress: Progress | None) -> None:
    """Fill ``folder``/etag with what ``url`` has, unless it is there; one process at a time.

    The client forgets what a cut download had brought, asks once where a download answers 5xx, and compares
    lengths alone. What is not what the hub told of it is deleted; raises CandidateFailed.
    """
    etag = told.etag or ""
    blob, part = folder / etag, folder / f"{etag}{_PART}"
    if not etag or blob.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    if told.size is not None and _size(part) > told.size:
        part.unlink()
    is_resumed = _size(part) > 0
    _download(url, part, size=told.size, progress=progress)
    why = why_other(part, etag=etag)
    if why is not None and is_resumed:  # perhaps the earlier part was damaged when a machine went down
        part.unlink()
        _download(url, part, size=told.size, progress=progress)
        why = why_other(part, etag=etag)
    if why is not None:
        part.unlink()
        raise CandidateFailed(f"what came from {url} {why}; it was thrown away")
    part.replace(blob)


def why_other(path: Path, *, etag: str) -> str | None:
    """Why a file is not the one of that etag, as a clause about it; None: it is, or the etag tells no hash.

    A hub's etag is the sha256 of large files and git's blob hash of others.
    """
    if re.fullmatch(r"[0-9a-f]{64}", etag):
        kind, hashed = "sha256", hashlib.sha256()
    elif re.fullmatch(r"[0-9a-f]{40}", etag):
        kind, hashed = "git hash", hashlib.sha1(f"blob {_size(path)}\0".encode(), usedforsecurity=False)
    else:
        return None
    with path.open("rb") as file:
        while chunk := file.read(2**20):
            hashed.update(chunk)
    found = hashed.hexdigest()
    return None if found == etag else f"has the {kind} {found}, but the hub says {etag}"


def _download(url: str, part: Path, *, size: int | None, progress: Progress | None) -> None:
    disable_progress_bars()
    reached = _size(part)

    def has_moved() -> bool:
        nonlocal reached
        before, reached = reached, _size(part)
        return reached > before

    def go_on() -> None:
        with part.open("ab") as file:
            at_work = cast(BinaryIO, _Told(file, progress, size))
            http_get(
                url, at_work, resume_size=_size(part), headers=build_hf_headers(), expected_size=size
            )  # follows to wherever the bytes are, without the token where that is another host

    patiently(go_on, has_moved=has_moved)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


class _Told:
    """A file that says how far it came whenever something was written."""

    def __init__(self, file: BinaryIO, progress: Progress | None, size: int | None) -> None:
        self._file, self._progress, self._size = file, progress, size

    def write(self, data: bytes) -> int:
        written = self._file.write(data)
        step()
        if self._progress is not None:
            self._progress(self._file.tell(), self._size)
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
