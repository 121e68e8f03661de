"""What finished jobs found about their candidates."""

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, func, or_, select

from automl_tl.domain.candidate import CandidateFacts
from automl_tl.domain.job import JobRequest, JobState
from automl_tl.domain.past import PastResult
from automl_tl.domain.trial import Configuration
from automl_tl.store.part import Part, reads
from automl_tl.store.rows import AnyRow, load
from automl_tl.store.schema import jobs
from automl_tl.store.study_schema import measurements, reports, trials

_MOST_JOBS = 100
_FINISHED = (
    select(jobs.c.id, jobs.c.request)
    .where(jobs.c.state == JobState.SUCCEEDED.value)
    .where(or_(bindparam("everyone"), jobs.c.tenant == bindparam("of_tenant")))
    .order_by(jobs.c.sequence.desc())
    .limit(_MOST_JOBS)
)
_FACTS = select(measurements.c.job, measurements.c.key, measurements.c.value).where(
    measurements.c.job.in_(bindparam("finished", expanding=True)), measurements.c.kind == "facts"
)
_BEST = (
    select(
        trials.c.job,
        trials.c.configuration,
        func.max(reports.c.value).label("value"),
        func.sum(reports.c.seconds).label("seconds"),
    )
    .join(reports, (reports.c.job == trials.c.job) & (reports.c.trial == trials.c.number))
    .where(trials.c.job.in_(bindparam("finished", expanding=True)))
    .group_by(trials.c.job, trials.c.number, trials.c.configuration)
    .order_by(trials.c.job, trials.c.number)
)


class SqlPast(Part):
    """The prior's source."""

    @reads
    def past_results(self, connection: Connection, *, tenant: str | None) -> tuple[PastResult, ...]:
        asked = {"everyone": tenant is None, "of_tenant": tenant}
        requests = {row.id: load(JobRequest, row.request) for row in connection.execute(_FINISHED, asked)}
        finished = {"finished": list(requests)}
        facts = {
            (row.job, row.key): load(CandidateFacts, row.value)
            for row in connection.execute(_FACTS, finished)
        }
        best = _best(connection.execute(_BEST, finished))
        return tuple(
            _result(requests[job], facts[job, candidate], *best[job, candidate])
            for job in requests
            for candidate in sorted(name for of, name in best if of == job)
            if (job, candidate) in facts
        )


def _best(rows: Iterable[AnyRow]) -> dict[tuple[str, str], tuple[float, float]]:
    """By (job, candidate): the best value of any trial, and the seconds of all; NULL stands for no number."""
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for row in rows:
        configuration = load(Configuration, row.configuration)
        if row.value is None or not configuration.pretrained:
            continue
        value, seconds = found.get((row.job, configuration.candidate), (row.value, 0.0))
        found[row.job, configuration.candidate] = (max(value, row.value), seconds + row.seconds)
    return found


def _result(request: JobRequest, facts: CandidateFacts, value: float, seconds: float) -> PastResult:
    return PastResult(
        dataset_name=request.dataset_name or request.name,
        metric=request.metric,
        weights_sha256=facts.weights_sha256,
        parameters=facts.parameters,
        multiply_adds=facts.multiply_adds,
        value=value,
        seconds=seconds,
    )
