"""Rows of Parquet and Arrow tables, streamed batch by batch."""

import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from automl_tl.data.disk import replaced
from automl_tl.data.features import label_names
from automl_tl.data.row import Row
from automl_tl.errors import RequestError

_ROWS = 64  # decoded at once: a row may be a text of megabytes
_GROUP_ROWS = 4096  # written at once
_BUFFER_BYTES = 2**20


def rows(path: Path, *, columns: Collection[str] | None = None) -> Iterator[Row]:
    """Every row, with only these columns where they are named; raises RequestError, OSError.

    An Arrow file may be a stream (as Hugging Face datasets are saved) or have a footer.
    """
    try:
        number = 0
        for batch in _batches(path, columns):
            for start in range(0, batch.num_rows, _ROWS):
                for cells in batch.slice(start, _ROWS).to_pylist():
                    number += 1
                    if any(cell is not None for cell in cells.values()):
                        yield Row(number=number, cells=cells)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise RequestError(f"{path} cannot be read as a table: {_line(error)}") from None


def names(path: Path) -> tuple[str, ...]:
    """The columns of the table; raises RequestError, OSError."""
    return _distinct(path, _schema(path).names)


def class_names(path: Path) -> dict[str, tuple[str, ...]]:
    """Names of classes by column, as Hugging Face's tables bring them; raises RequestError, OSError."""
    try:
        told = json.loads((_schema(path).metadata or {}).get(b"huggingface", b"{}"))
        return label_names(told["info"]["features"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def blank(path: Path, rows: Collection[int]) -> None:
    """Write the table anew with nulls in every cell of these rows; raises RequestError, DiskFull, OSError."""
    schema = _schema(path)
    schema = pa.schema([field.with_nullable(True) for field in schema], metadata=schema.metadata)
    number = 0
    with replaced(path) as file, _writer(path, file, schema) as writer:
        for batch in _batches(path, None, rows=_GROUP_ROWS):
            gone = [number + i in rows for i in range(1, batch.num_rows + 1)]
            number += batch.num_rows
            columns = [_blanked(c, gone) for c in batch.columns] if any(gone) else batch.columns
            writer.write_batch(pa.record_batch(columns, schema=schema))


def _blanked(column: pa.Array, gone: Sequence[bool]) -> pa.Array:
    """The column made anew, for what only masks a value leaves its bytes where they are."""
    cells = zip(gone, column.to_pylist(), strict=True)
    return pa.array([None if out else cell for out, cell in cells], column.type)


def _writer(
    path: Path, file: BinaryIO, schema: pa.Schema
) -> "pa.parquet.ParquetWriter | pa.ipc.RecordBatchStreamWriter":
    if _is_parquet(path):
        return pa.parquet.ParquetWriter(file, schema)
    return pa.ipc.new_stream(file, schema)


def _schema(path: Path) -> pa.Schema:
    try:
        if _is_parquet(path):
            return pa.parquet.read_schema(path)
        with pa.OSFile(str(path)) as file:
            return _stream(file).schema
    except pa.ArrowException as error:
        raise RequestError(f"{path} cannot be read as a table: {_line(error)}") from None


def _batches(path: Path, columns: Collection[str] | None, *, rows: int = _ROWS) -> Iterator[pa.RecordBatch]:
    wanted = [name for name in names(path) if columns is None or name in columns]
    if _is_parquet(path):
        with pa.parquet.ParquetFile(path, buffer_size=_BUFFER_BYTES, pre_buffer=False) as table:
            yield from table.iter_batches(rows, columns=wanted, use_threads=False)
        return
    with pa.OSFile(str(path)) as file:
        stream = _stream(file)
        batches = (
            stream
            if isinstance(stream, pa.ipc.RecordBatchStreamReader)
            else map(stream.get_batch, range(stream.num_record_batches))
        )
        for batch in batches:
            chosen = batch.select(wanted)
            chosen.validate(full=True)  # offsets that point elsewhere would read foreign memory
            yield chosen


def _stream(file: pa.NativeFile) -> "pa.ipc.RecordBatchStreamReader | pa.ipc.RecordBatchFileReader":
    head = file.read(6)
    file.seek(0)
    return pa.ipc.open_file(file) if head == b"ARROW1" else pa.ipc.open_stream(file)


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() == ".parquet"


def _distinct(path: Path, found: list[str]) -> tuple[str, ...]:
    twice = next((name for name in found if found.count(name) > 1), None)
    if twice is not None:
        raise RequestError(f"{path} has two columns of one name, {twice!r}")
    return tuple(found)


def _line(error: Exception) -> str:
    return " ".join(str(error).splitlines())[:300]
