"""Samples that people asked to forget: only their hashes stay, so that a later check leaves them out."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, or_, select, update

from automl_tl.domain.events import EventKind
from automl_tl.domain.job import JobState
from automl_tl.errors import Conflict
from automl_tl.store.events import record
from automl_tl.store.expressions import Clock, InsertNew
from automl_tl.store.part import Part, reads, writes_durably
from automl_tl.store.schema import datasets, forgotten, jobs, splits, tenants
from automl_tl.store.study_schema import decisions

_EVERYWHERE = ""
_OPEN = (JobState.QUEUED.value, JobState.RUNNING.value, JobState.PAUSED.value)
_NEW_TENANT = InsertNew(tenants).values(created=Clock())
_FORGET = InsertNew(forgotten).values(time=Clock())
_FORGOTTEN = select(forgotten.c.sha256, forgotten.c.time).where(
    forgotten.c.tenant == bindparam("of_tenant"),
    forgotten.c.dataset.in_((_EVERYWHERE, bindparam("called"))),
)
_USERS = select(jobs.c.id, jobs.c.state).where(
    jobs.c.state.in_(_OPEN),
    or_(
        jobs.c.manifest.in_(bindparam("paths", expanding=True)),
        jobs.c.manifest.is_(None) & (jobs.c.state == JobState.RUNNING.value),
    ),
)
_SWEEP = (
    update(jobs)
    .where(jobs.c.manifest.in_(bindparam("paths", expanding=True)), jobs.c.swept.is_(None))
    .values(swept=Clock())
)
_SPLITS = delete(splits).where(splits.c.sha256.in_(bindparam("samples", expanding=True)))
_OF_DATASET = select(datasets.c.id).where(
    datasets.c.tenant == bindparam("of_tenant"), datasets.c.name == bindparam("called")
)
_OF_TENANT = select(datasets.c.id).where(datasets.c.tenant == bindparam("of_tenant"))
_REDIGEST = (
    update(decisions).where(decisions.c.id == bindparam("wanted")).values(digest=bindparam("new_digest"))
)


class SqlForgotten(Part):
    """What is to be forgotten, written down before anything is cleaned."""

    @writes_durably
    def forget(
        self,
        connection: Connection,
        *,
        tenant: str,
        dataset_name: str | None,
        samples: Sequence[str],
        manifests: Sequence[str],
        told: Mapping[str, object],
    ) -> None:
        user = connection.execute(_USERS, {"paths": list(manifests)}).first()
        if user is not None:
            raise Conflict(
                f"job {user.id} is {user.state} and may use it: cancel it, or wait until it is done"
            )
        connection.execute(_NEW_TENANT, {"id": tenant})
        dataset = dataset_name or _EVERYWHERE
        connection.execute(_FORGET, [{"tenant": tenant, "dataset": dataset, "sha256": s} for s in samples])
        of = _OF_TENANT if dataset_name is None else _OF_DATASET
        which = {"of_tenant": tenant} | ({} if dataset_name is None else {"called": dataset_name})
        connection.execute(_SPLITS.where(splits.c.dataset.in_(of)), {**which, "samples": list(samples)})
        connection.execute(_SWEEP, {"paths": list(manifests)})
        record(connection, (EventKind.FORGOTTEN, told), tenant=tenant, job=None)

    @reads
    def forgotten(self, connection: Connection, *, tenant: str, dataset_name: str) -> dict[str, float]:
        rows = connection.execute(_FORGOTTEN, {"of_tenant": tenant, "called": dataset_name})
        return {row.sha256: row.time for row in rows}

    @writes_durably
    def change_digest(
        self, connection: Connection, id: str, *, digest: str, told: Mapping[str, object]
    ) -> None:
        row = connection.execute(select(decisions).where(decisions.c.id == id)).one()
        if row.digest == digest:
            return
        connection.execute(_REDIGEST, {"wanted": id, "new_digest": digest})
        data = {"decision": id, "before": row.digest, "after": digest, **told}
        record(connection, (EventKind.FORGOTTEN, data), tenant=row.tenant, job=row.job)
