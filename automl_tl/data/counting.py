"""What a dataset seems to hold, by its rows, or its files' names: how many samples, of which modality."""

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from automl_tl.data.columns import Kind, choose
from automl_tl.data.entries import Entry, EntryKind, entries
from automl_tl.data.folder import visible
from automl_tl.data.readers import READERS, reader_of
from automl_tl.data.rows import COLUMNAR, is_table, look, read_rows
from automl_tl.data.saved_dataset import is_saved, saved_tables
from automl_tl.data.source import tables_of
from automl_tl.data.splitting import SHARES
from automl_tl.domain.dataset import Columns, Modality, Split
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


def seen_modality(path: Path, *, columns: Columns) -> Modality | None:
    """Which it is, None where only reading it tells. Raises RequestError."""
    if path.is_dir() and not is_saved(path):
        tables = tables_of(path, columns=columns)
        return _of_table(tables[0].path, columns=columns) if tables else reader_of(_names(path)).modality
    return _of_table(path, columns=columns) if path.is_file() and is_table(path) else None


def split_counts(samples: int, *, like: dict[Split, int] | None) -> dict[Split, int]:
    """So many samples in splits like those of an earlier manifest, or by the usual shares."""
    shares = like or {split: round(1000 * share) for split, share in SHARES.items()}
    total = sum(shares.values())
    return {split: round(samples * share / total) for split, share in shares.items()}


def _of_table(table: Path, *, columns: Columns) -> Modality | None:
    names, head = look(table)
    return Modality.TEXT if choose(table, names, head, wanted=columns).kind is Kind.TEXT else None


def _files(folder: Path) -> int:
    """Files that a reader knows."""
    return sum(path.suffix.lower() in _SUFFIXES for path in _names(folder))


def _names(folder: Path) -> Iterator[Path]:
    """Every file below a folder; hidden ones and linked folders are left. Memory grows with depth alone."""
    for path in visible(folder):
        if not path.is_dir():
            yield path
        elif not path.is_symlink():
            yield from _names(path)


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
