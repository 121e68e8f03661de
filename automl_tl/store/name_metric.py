"""What a name is judged by: said by its first job, or where that left it open, by that job's data."""

from dataclasses import replace

from sqlalchemy import Connection, bindparam, select, update

from automl_tl.domain.job import JobRequest, Lease
from automl_tl.domain.metric import UNSETTLED, Metric
from automl_tl.errors import Conflict
from automl_tl.store.expressions import Clock, InsertNew
from automl_tl.store.job_rows import find_job
from automl_tl.store.leases import FENCED, fence
from automl_tl.store.rows import dump
from automl_tl.store.schema import jobs, names

_THIS = (names.c.tenant == bindparam("of_tenant"), names.c.name == bindparam("called"))
_NEW = InsertNew(names).values(created=Clock())
_FOUND = select(names.c.metric).where(*_THIS)
KNOWN_METRIC = _FOUND.scalar_subquery()
"""What the name ``called`` of the tenant ``of_tenant`` is judged by; NULL: nobody knows the name."""
_SETTLE = update(names).where(*_THIS, names.c.metric == UNSETTLED).values(metric=bindparam("settled"))
_REWRITE = update(jobs).where(FENCED).values(request=bindparam("rewritten"))


def with_metric(connection: Connection, request: JobRequest, *, tenant: str, known: str | None) -> JobRequest:
    """The request of a new job, judged as its name is; still open where that is; raises Conflict.

    ``known`` is what ``KNOWN_METRIC`` says of the name.
    """
    found = known
    if found is None or (found == UNSETTLED and request.metric != UNSETTLED):
        connection.execute(_NEW, {"tenant": tenant, "name": request.name, "metric": request.metric})
        found = _settled(connection, request, tenant=tenant, metric=request.metric)
    if request.metric not in (UNSETTLED, found):
        raise Conflict(
            f"{request.name} has been judged by {found} since its first job, but this job asks for "
            f"{request.metric}: use {found}, or another name"
        )
    return replace(request, metric=found)


def settle(connection: Connection, lease: Lease, *, natural: Metric) -> str:
    """What the leased job is judged by from now on: ``natural`` where neither it nor its name said so yet."""
    job = find_job(connection, lease.job)
    if job.request.metric != UNSETTLED:
        return job.request.metric
    found = _settled(connection, job.request, tenant=job.tenant, metric=natural.value)
    connection.execute(_REWRITE, {**fence(lease), "rewritten": dump(replace(job.request, metric=found))})
    return found


def _settled(connection: Connection, request: JobRequest, *, tenant: str, metric: str) -> str:
    line = {"of_tenant": tenant, "called": request.name}
    if metric != UNSETTLED:
        connection.execute(_SETTLE, {**line, "settled": metric})
    return str(connection.execute(_FOUND, line).scalar_one())
