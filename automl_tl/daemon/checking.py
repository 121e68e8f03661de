"""The check phase: read the dataset, freeze its manifest, remember its splits."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from automl_tl.daemon.desk import Desk
from automl_tl.data.manifest import read_manifest
from automl_tl.domain.dataset import Manifest
from automl_tl.domain.day import day_of
from automl_tl.domain.work import Describe, Described
from automl_tl.errors import DatasetRefused
from automl_tl.search.gate_table import check_names


def check(desk: Desk) -> tuple[Manifest, Path]:
    """The job's frozen manifest and its file; a job that was interrupted later keeps its first one.

    Raises DatasetRefused, and SpaceInvalid where the gate's floors name what the data do not have.
    """
    known = desk.store.job(desk.job.id).manifest
    path = Path(known) if known else _describe(desk)
    manifest = read_manifest(path)
    check_names(desk.space.gate.floors, manifest)
    return manifest, path


def _describe(desk: Desk) -> Path:
    request = desk.job.request
    dataset_name = request.dataset_name or request.name
    described = desk.carry_out(
        Describe(
            source=request.dataset,
            dataset_name=dataset_name,
            into=str(desk.folder),
            seed=request.seed,
            remembered=_write_remembered(desk, dataset_name),
            forgotten=_write_forgotten(desk, dataset_name),
            previous=desk.store.latest_manifest(tenant=desk.job.tenant, dataset_name=dataset_name),
        )
    )
    assert isinstance(described, Described)
    if described.manifest is None:
        raise DatasetRefused("; ".join(described.report.notes) or "the data check refused this dataset")
    path = Path(described.manifest)
    desk.store.freeze(desk.lease, read_manifest(path), path=str(path), report=described.report)
    return path


def _write_remembered(desk: Desk, dataset_name: str) -> str | None:
    splits = desk.store.splits(tenant=desk.job.tenant, dataset_name=dataset_name)
    rows = [{"sha256": sha256, "split": split} for sha256, split in sorted(splits.items())]
    return _write_rows(desk.folder / "remembered.jsonl", rows)


def _write_forgotten(desk: Desk, dataset_name: str) -> str | None:
    times = desk.store.forgotten(tenant=desk.job.tenant, dataset_name=dataset_name)
    rows = [{"sha256": sha256, "day": day_of(time)} for sha256, time in sorted(times.items())]
    return _write_rows(desk.folder / "forgotten.jsonl", rows)


def _write_rows(path: Path, rows: Sequence[Mapping[str, object]]) -> str | None:
    if not rows:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(map(json.dumps, rows)))
    return str(path)
