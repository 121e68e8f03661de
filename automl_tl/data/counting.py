"""How many samples a dataset seems to have: its rows, or its files by their names."""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from automl_tl.data.entries import Entry, EntryKind, entries
from automl_tl.data.folder import visible
from automl_tl.data.readers import READERS
from automl_tl.data.rows import COLUMNAR, is_table, read_rows
from automl_tl.data.saved_dataset import is_saved, saved_tables
from automl_tl.data.source import tables_of
from automl_tl.data.splitting import SHARES
from automl_tl.domain.dataset import Columns, Split
from automl_tl.errors import RequestError

_SUFFIXES = frozenset(suffix for reader in READERS for suffix in reader.suffixes)
_BLOCK_BYTES = 2**20


def count_samples(path: Path, *, columns: Columns) -> int:
    """Rows or files of a table, a folder or an archive; nothing is decoded. Raises RequestError."""
    if not path.is_dir():
        return sum(1 for _ in read_rows(path)) if is_table(path) else _packed(path)
    tables = saved_tables(path).tables if is_saved(path) else tables_of(path, columns=columns)
    if tables:
        return sum(1 for table in tables for _ in read_rows(table.path))
    return _files(path)


def split_counts(samples: int, *, like: dict[Split, int] | None) -> dict[Split, int]:
    """So many samples in splits like those of an earlier manifest, or by the usual shares."""
    shares = like or {split: round(1000 * share) for split, share in SHARES.items()}
    total = sum(shares.values())
    return {split: round(samples * share / total) for split, share in shares.items()}


def _files(folder: Path) -> int:
    """Files that a reader knows; hidden ones are left. Memory grows with the deepest folder alone."""
    return sum(
        (0 if path.is_symlink() else _files(path)) if path.is_dir() else path.suffix.lower() in _SUFFIXES
        for path in visible(folder)
    )


def _packed(archive: Path) -> int:
    files = rows = 0
    for entry in entries(archive):
        name = PurePosixPath(entry.name)
        if entry.kind is not EntryKind.FILE or any(part.startswith(".") for part in name.parts):
            continue
        files += name.suffix.lower() in _SUFFIXES
        if is_table(Path(name)):
            rows += _lines(entry, archive=archive)
    return files or rows


def _lines(entry: Entry, *, archive: Path) -> int:
    if PurePosixPath(entry.name).suffix.lower() in COLUMNAR:
        raise RequestError(f"the rows of {entry.name} are counted once {archive.name} is unpacked")
    with entry.opened() as file:
        blocks: Iterable[bytes] = iter(lambda: file.read(_BLOCK_BYTES), b"")
        return sum(block.count(b"\n") for block in blocks)
