"""What remembers the split of each sample."""

from typing import Protocol

from automl_tl.domain.dataset import DataReport, Manifest, Split
from automl_tl.domain.job import Lease


class Datasets(Protocol):
    """Which split each sample of a dataset-name has, for ever."""

    def splits(self, *, tenant: str, dataset_name: str) -> dict[str, Split]:
        """Sample sha256 → split, of all manifests so far."""

    def latest_manifest(self, *, tenant: str, dataset_name: str) -> str | None:
        """Path of the manifest that was first frozen last; None where there is none yet."""

    def freeze(self, lease: Lease, manifest: Manifest, *, path: str, report: DataReport) -> None:
        """Keep the manifest's row and its samples' splits, and tie it to the job, in one transaction.

        What the job is judged by is settled with it, where that was left to the data.
        """

    def data_report(self, job: str) -> DataReport | None:
        """The report of the job's data check, None before it."""
