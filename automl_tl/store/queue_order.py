"""The order of ``domain.queue_order`` as SQL expressions: which job the next claim takes."""

from sqlalchemy import (
    ColumnElement,
    Double,
    Integer,
    ScalarSelect,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
)

from automl_tl.domain.job import JobState
from automl_tl.domain.queue_order import GUARANTEED
from automl_tl.domain.quota import WINDOW_SECONDS, Quota
from automl_tl.store.expressions import Clock
from automl_tl.store.schema import jobs, tenants

IS_QUEUED = jobs.c.state == JobState.QUEUED.value
IS_RUNNING = jobs.c.state == JobState.RUNNING.value
IS_LAPSED = and_(IS_RUNNING, jobs.c.lease_until <= Clock())
_MOST_RUNNING = func.coalesce(tenants.c.running_jobs, bindparam("most_running", type_=Integer()))
_MOST_SECONDS = func.coalesce(tenants.c.compute_seconds, bindparam("most_seconds", type_=Double()))


def quota_terms(default: Quota) -> dict[str, object]:
    """The parameters of these expressions; ``default`` is the quota of tenants without one of their own."""
    return {"most_running": default.running_jobs, "most_seconds": default.compute_seconds}


def _of_tenant(what: ColumnElement[int], *which: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(what).where(jobs.c.tenant == tenants.c.id, *which).correlate(tenants).scalar_subquery()


SERVED = func.coalesce(_of_tenant(func.max(jobs.c.served)), 0)
"""The number of the claim that served a tenant last, 0 for none: for queries of ``tenants``."""
RUNNING = _of_tenant(func.count(), IS_RUNNING)
"""How many of a tenant's jobs run."""
_IS_RECENT = jobs.c.claimed > Clock() - WINDOW_SECONDS
_HAS_RUN = jobs.c.spent_seconds + case((IS_RUNNING, Clock() - jobs.c.claimed), else_=0.0)
SECONDS = func.coalesce(_of_tenant(func.sum(_HAS_RUN), _IS_RECENT), 0.0)
"""How long a tenant's jobs have run that were claimed in the last 24 hours; looks at each of them."""
COUNTED_SECONDS = case((_MOST_SECONDS.is_(None), 0.0), else_=SECONDS)
"""The same where a quota asks for it, else 0."""

_LATEST_OF_EACH = select(SERVED.label("served")).select_from(tenants).subquery()
CLAIMS = select(func.coalesce(func.max(_LATEST_OF_EACH.c.served), 0)).scalar_subquery()
"""The number of the latest claim."""


def _head(*order: ColumnElement[int]) -> ScalarSelect[int]:
    """A tenant's first job in that order."""
    first = select(jobs.c.sequence).where(IS_QUEUED, jobs.c.tenant == tenants.c.id)
    return first.order_by(*order).limit(1).correlate(tenants).scalar_subquery()


HEAD = _head(jobs.c.priority.desc(), jobs.c.sequence)
"""The sequence of a tenant's most urgent job."""


def _next_in_turn() -> ScalarSelect[int]:
    """The head, among those of tenants within their quota, that comes next."""
    is_guaranteed = (CLAIMS + 1) % GUARANTEED == 0
    heads = (
        select(
            # One of the two looks, each along an index, where an ORDER BY with a CASE would sort the queue.
            case((is_guaranteed, _head(jobs.c.sequence)), else_=HEAD).label("sequence"),
            SERVED.label("served"),
        )
        .where(or_(_MOST_RUNNING.is_(None), RUNNING < _MOST_RUNNING))
        .where(or_(_MOST_SECONDS.is_(None), SECONDS < _MOST_SECONDS))
        .select_from(tenants)
        .subquery()
    )
    chosen = select(jobs.c.sequence).join(heads, heads.c.sequence == jobs.c.sequence)
    priority = case((is_guaranteed, 0), else_=jobs.c.priority)
    return chosen.order_by(priority.desc(), heads.c.served, jobs.c.sequence).limit(1).scalar_subquery()


def _first(*which: ColumnElement[bool]) -> ScalarSelect[int]:
    """The first of these jobs that nobody is changing right now."""
    found = select(jobs.c.sequence).where(*which).order_by(jobs.c.priority.desc(), jobs.c.sequence).limit(1)
    return found.with_for_update(skip_locked=True).scalar_subquery()


NEXT = func.coalesce(_first(IS_LAPSED), _first(IS_QUEUED, jobs.c.sequence == _next_in_turn()))
"""The sequence of the job that the next claim takes."""
ONE = func.coalesce(
    _first(IS_LAPSED, jobs.c.id == bindparam("wanted")), _first(IS_QUEUED, jobs.c.id == bindparam("wanted"))
)
"""The same of one job; no quota keeps back what somebody runs by its id."""
