"""The data check alone: what ``data check`` runs, without a job."""

import tempfile
from pathlib import Path

from automl_tl.data.describe import describe
from automl_tl.domain.dataset import DataReport, DatasetSource
from automl_tl.domain.work import Describe
from automl_tl.errors import DatasetRefused
from automl_tl.settings import Settings
from automl_tl.store.rows import load


def check_dataset(source: DatasetSource, settings: Settings) -> tuple[DataReport, str]:
    """The report and its Markdown; a refused dataset has one too where there was anything to read.

    Nothing is remembered: splits are drawn as for a new dataset-name. Raises DatasetRefused, DiskFull.
    """
    with tempfile.TemporaryDirectory(prefix="automl-tl-check-") as folder:
        work = Describe(source=source, dataset_name="check", into=folder, seed=0)
        try:
            describe(
                work,
                datasets=settings.folders.datasets,
                manifests=Path(folder),
                unpacked_bytes=settings.unpacked_bytes,
                unreadable_share=settings.unreadable_share,
            )
        except DatasetRefused:
            if not (Path(folder) / "data_report.json").is_file():
                raise
        text = (Path(folder) / "data_report.json").read_text()
        return load(DataReport, text), (Path(folder) / "data_report.md").read_text()
