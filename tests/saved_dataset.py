"""Datasets as Hugging Face's ``save_to_disk`` writes them (seen with its version 5.2)."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

FILE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def save(
    folder: Path,
    columns: Mapping[str, Sequence[Any]],
    *,
    features: Mapping[str, Mapping[str, Any]],
    shards: int = 1,
) -> Path:
    """A dataset of these columns; those whose feature is an Image or Audio hold bytes and path."""
    folder.mkdir(parents=True)
    files_in = {name for name, feature in features.items() if feature["_type"] in ("Image", "Audio")}
    table = pa.table(
        {name: pa.array(cells, type=FILE if name in files_in else None) for name, cells in columns.items()}
    )
    files = [f"data-{i:05d}-of-{shards:05d}.arrow" for i in range(shards)]
    rows = -(-table.num_rows // shards)
    for i, file in enumerate(files):
        with pa.OSFile(str(folder / file), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table.slice(i * rows, rows))
    state = {"_data_files": [{"filename": file} for file in files], "_format_type": None, "_split": None}
    (folder / "state.json").write_text(json.dumps(state))
    (folder / "dataset_info.json").write_text(json.dumps({"description": "", "features": features}))
    return folder


def save_dict(folder: Path, splits: Mapping[str, Mapping[str, Sequence[Any]]], **more: Any) -> Path:
    """Splits of one dataset."""
    for name, columns in splits.items():
        save(folder / name, columns, **more)
    (folder / "dataset_dict.json").write_text(json.dumps({"splits": list(splits)}))
    return folder
