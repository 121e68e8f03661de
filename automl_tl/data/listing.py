"""What a dataset looks like from outside: names, sizes and times of its files, without a byte being read."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from automl_tl.data.columns import Kind, choose
from automl_tl.data.rows import is_table, look
from automl_tl.domain.dataset import DatasetSource
from automl_tl.errors import RequestError


def listing(source: DatasetSource) -> str | None:
    """A sha256 that stays the same only where no file was added, removed, renamed or written to.

    None where that cannot be told from outside: nothing is there, or a lone table names files, which may
    lie anywhere beside it. Times of change are in it, which no program can set: a file that was copied over
    with its old date is seen. So it differs, too, where the same bytes were written again.
    """
    path = Path(source.path)
    digest = hashlib.sha256()
    try:
        if not path.is_dir() and is_table(path) and _names_files(path, source):
            return None
        for line in _lines(path):
            digest.update(line)
    except (OSError, RequestError):
        return None
    return digest.hexdigest()


def _names_files(table: Path, source: DatasetSource) -> bool:
    names, head = look(table)
    return choose(table, names, head, wanted=source.columns).kind is Kind.FILE


def _lines(path: Path) -> Iterator[bytes]:
    if not path.is_dir():
        yield _line(path.name, path.stat())
        return
    root = os.fsencode(path)
    for folder, folders, files in os.walk(root, onerror=_refuse):
        folders.sort()  # the order is not the file system's
        for name in sorted(files):
            place = os.path.join(folder, name)  # noqa: PTH118  # names that are no text, a million of them
            yield _line(os.path.relpath(place, root), _stat(place))


def _line(name: str | bytes, found: os.stat_result) -> bytes:
    facts = f" {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}\n"
    return os.fsencode(name) + b"\0" + facts.encode()


def _stat(place: bytes) -> os.stat_result:
    try:
        return os.stat(place)  # noqa: PTH116  # as above
    except FileNotFoundError:  # a link to nowhere
        return os.lstat(place)


def _refuse(error: OSError) -> None:
    raise error
