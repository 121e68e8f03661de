"""Which split each sample of a dataset-name has, for ever."""

from itertools import islice

from sqlalchemy import Connection, bindparam, select, update

from automl_tl.domain.dataset import DataReport, Manifest, Split
from automl_tl.domain.events import EventKind
from automl_tl.domain.job import Lease
from automl_tl.domain.metric import natural_metric
from automl_tl.errors import NotFound
from automl_tl.store.events import record
from automl_tl.store.expressions import Clock, InsertNew
from automl_tl.store.leases import FENCED, fence, hold
from automl_tl.store.name_metric import settle
from automl_tl.store.part import Part, reads, writes
from automl_tl.store.rows import dump, load
from automl_tl.store.schema import datasets, jobs, manifests, splits

_ROWS_AT_ONCE = 10_000
_DATASET = select(datasets.c.id).where(
    datasets.c.tenant == bindparam("of_tenant"), datasets.c.name == bindparam("called")
)
_NEW_DATASET = InsertNew(datasets).values(created=Clock()).inline()
_NEW_MANIFEST = InsertNew(manifests).values(created=Clock())
_NEW_SPLIT = InsertNew(splits)
_SPLITS = select(splits.c.sha256, splits.c.split).where(splits.c.dataset == _DATASET.scalar_subquery())
_LATEST = (
    select(manifests.c.path)
    .where(manifests.c.dataset == _DATASET.scalar_subquery())
    .order_by(manifests.c.created.desc(), manifests.c.path.desc())
    .limit(1)
)
_TIE = update(jobs).where(FENCED).values(manifest=bindparam("manifest_path"), data_report=bindparam("found"))
_REPORT = select(jobs.c.data_report).where(jobs.c.id == bindparam("wanted"))


class SqlDatasets(Part):
    """Manifests, and the splits they fixed."""

    @reads
    def splits(self, connection: Connection, *, tenant: str, dataset_name: str) -> dict[str, Split]:
        rows = connection.execute(_SPLITS, {"of_tenant": tenant, "called": dataset_name})
        return {sha256: Split(split) for sha256, split in rows}

    @reads
    def latest_manifest(self, connection: Connection, *, tenant: str, dataset_name: str) -> str | None:
        wanted = {"of_tenant": tenant, "called": dataset_name}
        return connection.execute(_LATEST, wanted).scalars().first()

    @writes
    def freeze(
        self, connection: Connection, lease: Lease, manifest: Manifest, *, path: str, report: DataReport
    ) -> None:
        held = hold(connection, lease)
        dataset = _dataset(connection, manifest, tenant=held.tenant)
        connection.execute(
            _NEW_MANIFEST,
            {
                "dataset": dataset,
                "fingerprint": manifest.fingerprint,
                "path": path,
                "root": manifest.root,
                "classes": dump(manifest.classes),
                "samples": len(manifest.samples),
            },
        )
        _remember(connection, manifest, dataset=dataset)
        connection.execute(_TIE, {**fence(lease), "manifest_path": path, "found": dump(report)})
        metric = settle(connection, lease, natural=natural_metric(report.classes))
        data = {
            "verdict": report.verdict,
            "metric": metric,
            "samples": report.samples,
            "classes": len(manifest.classes),
            "splits": report.splits,
            "unreadable": report.unreadable,
        }
        record(connection, (EventKind.DATA_CHECKED, data), tenant=held.tenant, job=lease.job)

    @reads
    def data_report(self, connection: Connection, job: str) -> DataReport | None:
        row = connection.execute(_REPORT, {"wanted": job}).one_or_none()
        if row is None:
            raise NotFound(f"there is no job {job}")
        return None if row.data_report is None else load(DataReport, row.data_report)


def _dataset(connection: Connection, manifest: Manifest, *, tenant: str) -> int:
    row = {"tenant": tenant, "name": manifest.dataset_name, "modality": manifest.modality.value}
    connection.execute(_NEW_DATASET, row)
    return int(
        connection.execute(_DATASET, {"of_tenant": tenant, "called": manifest.dataset_name}).scalar_one()
    )


def _remember(connection: Connection, manifest: Manifest, *, dataset: int) -> None:
    # Sorted, so that two manifests frozen at once lock the rows they share in one order.
    samples = iter(sorted(manifest.samples, key=lambda sample: sample.sha256))
    while chunk := list(islice(samples, _ROWS_AT_ONCE)):
        connection.execute(
            _NEW_SPLIT,
            [
                {"dataset": dataset, "sha256": s.sha256, "split": s.split.value, "group": s.group}
                for s in chunk
            ],
        )
