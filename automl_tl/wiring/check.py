"""The data check alone: what ``data check`` runs, without a job."""

from pathlib import Path

from automl_tl.data.describe import describe
from automl_tl.domain.dataset import DataReport, DatasetSource
from automl_tl.domain.job import DEFAULT_TENANT
from automl_tl.domain.work import Describe
from automl_tl.errors import DatasetRefused, RequestError
from automl_tl.job.dataset_memory import DatasetMemory, dataset_memory
from automl_tl.settings import Settings
from automl_tl.store.rows import load
from automl_tl.upkeep.temporary import temporary_folder
from automl_tl.wiring.opened_store import opened_store

_JSON = "data_report.json"
_NOTHING = DatasetMemory(remembered=None, forgotten=None, previous=None)


def check_dataset(
    source: DatasetSource, settings: Settings, *, into: Path | None = None, dataset_name: str | None = None
) -> tuple[DataReport, str]:
    """The report and its Markdown; a refused dataset has one too where there was anything to read.

    Nothing is remembered. Splits are drawn as for a new dataset-name, or as for the next job of
    ``dataset_name``, and then what changed since its last job is told. The report's files stay in ``into``,
    where it is given. Raises DatasetRefused, DiskFull, RequestError for a dataset-name that no job had.
    """
    with temporary_folder("automl-tl-check-") as temporary:
        folder = into or Path(temporary)
        (folder / _JSON).unlink(missing_ok=True)  # of an earlier check
        memory = _memory(settings, dataset_name, into=Path(temporary)) if dataset_name else _NOTHING
        work = Describe(
            source=source,
            dataset_name=dataset_name or "check",
            into=str(folder),
            seed=0,
            remembered=memory.remembered,
            forgotten=memory.forgotten,
            previous=memory.previous,
        )
        try:
            describe(
                work,
                datasets=settings.folders.datasets,
                manifests=Path(temporary),
                unpacked_bytes=settings.unpacked_bytes,
                unreadable_share=settings.unreadable_share,
            )
        except DatasetRefused:
            if not (folder / _JSON).is_file():
                raise
        text = (folder / _JSON).read_text()
        return load(DataReport, text), (folder / "data_report.md").read_text()


def _memory(settings: Settings, dataset_name: str, *, into: Path) -> DatasetMemory:
    with opened_store(settings) as store:
        found = dataset_memory(store, tenant=DEFAULT_TENANT, dataset_name=dataset_name, into=into)
    if found.previous is None:
        raise RequestError(f"no job here has read a dataset by the name {dataset_name!r} yet")
    return found
