"""The check phase: read the dataset, freeze its manifest, remember its splits."""

from pathlib import Path

from automl_tl.data.manifest import read_manifest
from automl_tl.domain.dataset import Manifest
from automl_tl.domain.work import Describe, Described
from automl_tl.errors import DatasetRefused
from automl_tl.job.dataset_memory import dataset_memory
from automl_tl.job.desk import Desk
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
    _require_unmoved(Path(request.dataset.path))
    memory = dataset_memory(desk.store, tenant=desk.job.tenant, dataset_name=dataset_name, into=desk.folder)
    described = desk.carry_out(
        Describe(
            source=request.dataset,
            dataset_name=dataset_name,
            into=str(desk.folder),
            seed=request.seed,
            tenant=desk.job.tenant,
            remembered=memory.remembered,
            forgotten=memory.forgotten,
            previous=memory.previous,
            progress=desk.progress("describe"),
        )
    )
    assert isinstance(described, Described)
    if described.manifest is None:
        raise DatasetRefused("; ".join(described.report.notes) or "the data check refused this dataset")
    path = Path(described.manifest)
    desk.store.freeze(desk.lease, read_manifest(path), path=str(path), report=described.report)
    return path


def _require_unmoved(path: Path) -> None:
    """What may be read was looked at when the job was submitted; a link that took its place was not."""
    if path.is_absolute() and (found := path.resolve()) != path:
        raise DatasetRefused(f"{path} leads to {found} by now, but it was no link when the job was submitted")
