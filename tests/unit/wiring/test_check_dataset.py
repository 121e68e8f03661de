"""A data check without a job, as for a new dataset-name or as for the next job of one that is known."""

from pathlib import Path

import pytest
from played_job import SPACE

from automl_tl.data.describe import describe
from automl_tl.data.manifest import read_manifest
from automl_tl.domain.budget import Budget
from automl_tl.domain.dataset import DatasetSource, Split
from automl_tl.domain.job import DEFAULT_TENANT, JobRequest
from automl_tl.domain.work import Describe
from automl_tl.errors import RequestError
from automl_tl.settings import Settings
from automl_tl.wiring.check import check_dataset
from automl_tl.wiring.opened_store import opened_store


def table(path: Path, rows: range) -> DatasetSource:
    lines = [f"a sentence with the number {row} in it,{'odd' if row % 2 else 'even'}" for row in rows]
    path.write_text("\n".join(["text,label", *lines]))
    return DatasetSource(path=str(path))


def read_by_a_job(source: DatasetSource, settings: Settings) -> None:
    """As the check phase does it: described, frozen, remembered under ``numbers``."""
    folders = settings.folders
    work = Describe(source=source, dataset_name="numbers", into=str(folders.root / "job"), seed=0)
    described = describe(
        work,
        datasets=folders.datasets,
        manifests=folders.root / "manifests",
        unpacked_bytes=0,
        unreadable_share=0.0,
    )
    request = JobRequest(name="numbers", dataset=source, space=SPACE, budget=Budget(trials=1))
    with opened_store(settings) as store:
        store.add_job(request, tenant=DEFAULT_TENANT)
        lease = store.claim(holder="test", lease_seconds=600.0)
        assert lease is not None
        store.freeze(
            lease,
            read_manifest(Path(str(described.manifest))),
            path=str(described.manifest),
            report=described.report,
        )


def test_what_changed_since_the_last_job_is_told_and_splits_are_kept(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    read_by_a_job(table(tmp_path / "t.csv", range(100)), settings)

    report, text = check_dataset(
        table(tmp_path / "t.csv", range(10, 130)), settings, dataset_name="numbers", into=tmp_path / "report"
    )

    assert report.changes is not None
    assert (report.changes.added, report.changes.gone) == (30, 10)
    assert report.samples == 120 and sum(report.splits[split] for split in Split) == 120
    assert "30" in text


def test_without_a_dataset_name_nothing_is_compared(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    read_by_a_job(table(tmp_path / "t.csv", range(100)), settings)

    report, _ = check_dataset(table(tmp_path / "t.csv", range(120)), settings)

    assert report.changes is None


def test_a_dataset_name_that_no_job_had_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="no job here has read a dataset by the name 'numbrs'"):
        check_dataset(
            table(tmp_path / "t.csv", range(100)), Settings(home=tmp_path / "home"), dataset_name="numbrs"
        )
