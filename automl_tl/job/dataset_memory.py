"""What the store remembers of a dataset-name, laid down for the worker that reads the dataset again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from automl_tl.domain.day import day_of
from automl_tl.store.base import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetMemory:
    """Files of ``remembered`` splits and ``forgotten`` samples, and the ``previous`` manifest; None: none."""

    remembered: str | None
    forgotten: str | None
    previous: str | None


def dataset_memory(store: Store, *, tenant: str, dataset_name: str, into: Path) -> DatasetMemory:
    """What is known; its files lie in the folder ``into``."""
    splits = store.splits(tenant=tenant, dataset_name=dataset_name)
    times = store.forgotten(tenant=tenant, dataset_name=dataset_name)
    return DatasetMemory(
        remembered=_write_rows(
            into / "remembered.jsonl",
            [{"sha256": sha256, "split": split} for sha256, split in sorted(splits.items())],
        ),
        forgotten=_write_rows(
            into / "forgotten.jsonl",
            [{"sha256": sha256, "day": day_of(time)} for sha256, time in sorted(times.items())],
        ),
        previous=store.latest_manifest(tenant=tenant, dataset_name=dataset_name),
    )


def _write_rows(path: Path, rows: Sequence[Mapping[str, object]]) -> str | None:
    if not rows:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(map(json.dumps, rows)))
    return str(path)
