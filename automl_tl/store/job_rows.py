"""Rows of the jobs table as jobs."""

from sqlalchemy import Connection, bindparam, select

from automl_tl.domain.job import Job, JobRequest, JobState, Phase, Wish
from automl_tl.errors import NotFound
from automl_tl.store.rows import AnyRow, load, load_object
from automl_tl.store.schema import jobs

SEEN = (
    jobs.c.id,
    jobs.c.tenant,
    jobs.c.request,
    jobs.c.state,
    jobs.c.phase,
    jobs.c.wish,
    jobs.c.attempts,
    jobs.c.created,
    jobs.c.started,
    jobs.c.claimed,
    jobs.c.finished,
    jobs.c.spent_seconds,
    jobs.c.manifest,
    jobs.c.failure,
    jobs.c.outcome,
    jobs.c.swept,
)
_BY_ID = select(*SEEN).where(jobs.c.id == bindparam("wanted"))
_BY_ID_TO_CHANGE = _BY_ID.with_for_update(key_share=True)


def find_job(connection: Connection, id: str, *, to_change: bool = False) -> Job:
    """The job of that id, locked against others if it is to be changed; raises NotFound."""
    query = _BY_ID_TO_CHANGE if to_change else _BY_ID
    row = connection.execute(query, {"wanted": id}).one_or_none()
    if row is None:
        raise NotFound(f"there is no job {id}")
    return job_of(row)


def job_of(row: AnyRow) -> Job:
    """The job that a row of ``SEEN`` columns tells of."""
    return Job(
        id=row.id,
        tenant=row.tenant,
        request=load(JobRequest, row.request),
        state=JobState(row.state),
        phase=None if row.phase is None else Phase(row.phase),
        wish=Wish(row.wish),
        attempts=row.attempts,
        created=row.created,
        started=row.started,
        claimed=row.claimed,
        finished=row.finished,
        spent_seconds=row.spent_seconds,
        manifest=row.manifest,
        failure=row.failure,
        outcome=None if row.outcome is None else load_object(row.outcome),
        swept=row.swept,
    )
