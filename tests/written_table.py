"""Small tables of texts for the data room's tests."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from automl_tl.data.embedded import Embedded
from automl_tl.data.source import read_source
from automl_tl.data.survey import Survey
from automl_tl.domain.dataset import Columns

Rows = Sequence[tuple[str, str]]
TEXTS = ("the cat sat", "line one\nline two", "سلام دنیا 🙂", 'she said "no", twice', " spaced ")


def texts(count: int, *, labels: Sequence[str] = ("ham", "spam"), first: int = 0) -> list[tuple[str, str]]:
    """``count`` distinct texts in turn under each label, with newlines, quotes, emoji and right-to-left."""
    found = []
    for i in range(count):
        label = labels[i % len(labels)]
        found.append((f"{TEXTS[i % len(TEXTS)]} {first + i // len(labels)} {label}", label))
    return found


def write_table(path: Path, rows: Rows, *, columns: tuple[str, str] = ("text", "label")) -> Path:
    """The rows as what the path's suffix says: .csv, .tsv, .jsonl, .parquet or .arrow."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix in (".csv", ".tsv"):
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="\t" if path.suffix == ".tsv" else ",")
            writer.writerows([columns, *rows])
    elif path.suffix == ".jsonl":
        lines = [json.dumps(dict(zip(columns, row, strict=True))) for row in rows]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    else:
        table = pa.table({name: [row[i] for row in rows] for i, name in enumerate(columns)})
        if path.suffix == ".parquet":
            pa.parquet.write_table(table, path, row_group_size=7)
        else:
            with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as stream:
                stream.write_table(table, max_chunksize=5)
    return path


def read_tables(path: Path, **columns: str) -> Survey:
    """The survey of a source, with columns as named; what lies in cells is laid down beside it."""
    datasets = path.parent / f"{path.name}.datasets"
    return read_source(
        path, columns=Columns(**columns), embedded=Embedded(datasets=datasets, limit_bytes=2**30)
    )
