"""The data check alone: what ``data check`` runs, without a job."""

from pathlib import Path

from automl_tl.daemon.temporary import temporary_folder
from automl_tl.data.describe import describe
from automl_tl.domain.dataset import DataReport, DatasetSource
from automl_tl.domain.work import Describe
from automl_tl.errors import DatasetRefused
from automl_tl.settings import Settings
from automl_tl.store.rows import load

_JSON = "data_report.json"


def check_dataset(
    source: DatasetSource, settings: Settings, *, into: Path | None = None
) -> tuple[DataReport, str]:
    """The report and its Markdown; a refused dataset has one too where there was anything to read.

    Nothing is remembered: splits are drawn as for a new dataset-name. The report's files stay in ``into``,
    where it is given. Raises DatasetRefused, DiskFull.
    """
    with temporary_folder("automl-tl-check-") as temporary:
        folder = into or Path(temporary)
        (folder / _JSON).unlink(missing_ok=True)  # of an earlier check
        work = Describe(source=source, dataset_name="check", into=str(folder), seed=0)
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
