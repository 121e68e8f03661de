"""Schedules as people see them: added, listed, paused, removed, and their history."""

import secrets

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from automl_tl.domain.job import Job, JobRequest, JobState
from automl_tl.domain.schedule import Ending, Occurrence, Rule, Schedule, Slot
from automl_tl.errors import Conflict, NotFound
from automl_tl.store.expressions import Clock, InsertNew
from automl_tl.store.ids import time_ordered
from automl_tl.store.job_rows import find_job
from automl_tl.store.part import Part, reads, writes_durably
from automl_tl.store.rows import AnyRow, dump, load
from automl_tl.store.schema import jobs, occurrences, schedules, tenants

_THIS = (schedules.c.tenant == bindparam("of_tenant"), schedules.c.name == bindparam("called"))
_FIND = select(schedules).where(*_THIS)
_IN_ORDER = select(schedules).order_by(schedules.c.tenant, schedules.c.name)
_DUE = select(schedules).where(schedules.c.due <= Clock()).order_by(schedules.c.due)
_NEW_TENANT = InsertNew(tenants).values(created=Clock())
_NEW = InsertNew(schedules)
_CHANGE = update(schedules).where(*_THIS)
_REMOVE = delete(schedules).where(*_THIS)
_HISTORY = (
    select(occurrences)
    .where(occurrences.c.schedule == bindparam("of_schedule"))
    .order_by(occurrences.c.id.desc())
    .limit(bindparam("count"))
)
_OF_JOB = select(occurrences).where(occurrences.c.job == bindparam("of_job"))
_RUNS = (
    select(occurrences)
    .join(jobs, jobs.c.id == occurrences.c.job)
    .where(occurrences.c.schedule == bindparam("of_schedule"))
    .order_by(occurrences.c.id.desc())
    .limit(1)
)
_OPEN_RUNS = _RUNS.where(jobs.c.finished.is_(None))
_SUCCESSES = _RUNS.where(jobs.c.state == JobState.SUCCEEDED.value)
_SUCCEEDED = (
    update(schedules)
    .where(schedules.c.id.in_(select(occurrences.c.schedule).where(occurrences.c.job == bindparam("of_job"))))
    .values(last_success=Clock())
)
NEW_OCCURRENCE = insert(occurrences)


class SqlSchedules(Part):
    """What is to run again and again."""

    @writes_durably
    def add_schedule(
        self, connection: Connection, *, tenant: str, name: str, rule: Rule, request: JobRequest, slot: Slot
    ) -> Schedule:
        connection.execute(_NEW_TENANT, {"id": tenant})
        now = connection.execute(select(Clock())).scalar_one()
        connection.execute(
            _NEW,
            {
                "id": time_ordered("s", seconds=now, chance=secrets.randbits(25)),
                "tenant": tenant,
                "name": name,
                "rule": dump(rule),
                "request": dump(request),
                "paused": False,
                "occurrence": slot.occurrence,
                "due": slot.due,
                "created": now,
            },
        )
        kept = _find(connection, tenant=tenant, name=name)
        if (kept.rule, kept.request) != (rule, request):
            raise Conflict(f"there is another schedule {name}: remove it first, or choose another name")
        return kept

    @reads
    def schedule(self, connection: Connection, *, tenant: str, name: str) -> Schedule:
        return _find(connection, tenant=tenant, name=name)

    @reads
    def schedules(self, connection: Connection, *, tenant: str | None = None) -> tuple[Schedule, ...]:
        query = _IN_ORDER if tenant is None else _IN_ORDER.where(schedules.c.tenant == tenant)
        return tuple(map(_schedule_of, connection.execute(query)))

    @reads
    def due_schedules(self, connection: Connection) -> tuple[Schedule, ...]:
        return tuple(map(_schedule_of, connection.execute(_DUE)))

    @writes_durably
    def pause_schedule(self, connection: Connection, *, tenant: str, name: str) -> Schedule:
        return _changed(connection, tenant=tenant, name=name, paused=True, occurrence=None, due=None)

    @writes_durably
    def resume_schedule(
        self, connection: Connection, *, tenant: str, name: str, slot: Slot | None
    ) -> Schedule:
        kept = _find(connection, tenant=tenant, name=name)
        if not kept.paused:
            return kept
        return _changed(connection, tenant=tenant, name=name, paused=False, **slot_values(slot))

    @writes_durably
    def remove_schedule(self, connection: Connection, *, tenant: str, name: str) -> None:
        if not connection.execute(_REMOVE, {"of_tenant": tenant, "called": name}).rowcount:
            raise _unknown(name)

    @reads
    def occurrences(
        self, connection: Connection, schedule: str, *, limit: int = 100
    ) -> tuple[Occurrence, ...]:
        found = connection.execute(_HISTORY, {"of_schedule": schedule, "count": limit})
        return tuple(map(occurrence_of, found))

    @reads
    def occurrence_of(self, connection: Connection, job: str) -> Occurrence | None:
        row = connection.execute(_OF_JOB, {"of_job": job}).one_or_none()
        return None if row is None else occurrence_of(row)

    @reads
    def open_run(self, connection: Connection, schedule: str) -> Job | None:
        return find_open_run(connection, schedule)

    @reads
    def last_success(self, connection: Connection, schedule: str) -> tuple[Occurrence, Job] | None:
        row = connection.execute(_SUCCESSES, {"of_schedule": schedule}).one_or_none()
        return None if row is None else (occurrence_of(row), find_job(connection, row.job))


def find_open_run(connection: Connection, schedule: str) -> Job | None:
    """The job of that schedule that has not ended yet, within a transaction."""
    row = connection.execute(_OPEN_RUNS, {"of_schedule": schedule}).one_or_none()
    return None if row is None else find_job(connection, row.job)


def note_success(connection: Connection, job: str) -> None:
    """The job succeeded, and with it the schedule that started it, if one did; within a transaction."""
    connection.execute(_SUCCEEDED, {"of_job": job})


def slot_values(slot: Slot | None) -> dict[str, float | None]:
    """A slot as its two columns."""
    if slot is None:
        return {"occurrence": None, "due": None}
    return {"occurrence": slot.occurrence, "due": slot.due}


def occurrence_of(row: AnyRow) -> Occurrence:
    """The line of history that a row tells of."""
    return Occurrence(
        id=row.id,
        schedule=row.schedule,
        occurrence=row.occurrence,
        time=row.time,
        asked=bool(row.asked),
        passed=row.passed,
        ending=None if row.ending is None else Ending(row.ending),
        why=row.why,
        job=row.job,
        listing=row.listing,
    )


def _find(connection: Connection, *, tenant: str, name: str) -> Schedule:
    row = connection.execute(_FIND, {"of_tenant": tenant, "called": name}).one_or_none()
    if row is None:
        raise _unknown(name)
    return _schedule_of(row)


def _changed(connection: Connection, *, tenant: str, name: str, **values: object) -> Schedule:
    connection.execute(_CHANGE.values(**values), {"of_tenant": tenant, "called": name})
    return _find(connection, tenant=tenant, name=name)


def _unknown(name: str) -> NotFound:
    return NotFound(f"there is no schedule {name}")


def _schedule_of(row: AnyRow) -> Schedule:
    return Schedule(
        id=row.id,
        tenant=row.tenant,
        name=row.name,
        rule=load(Rule, row.rule),
        request=load(JobRequest, row.request),
        paused=bool(row.paused),
        slot=None if row.occurrence is None else Slot(occurrence=row.occurrence, due=row.due),
        created=row.created,
        last_success=row.last_success,
    )
