"""Occurrences taken: the slot, its line of history, its job and its event are one transaction."""

from dataclasses import replace

from sqlalchemy import Connection, bindparam, delete, select, update

from automl_tl.domain.events import EventKind
from automl_tl.domain.job import JobRequest
from automl_tl.domain.schedule import Ending, Occurrence, Schedule, Slot, Taken
from automl_tl.errors import Conflict
from automl_tl.store.events import Fact, record
from automl_tl.store.expressions import Clock
from automl_tl.store.jobs import add
from automl_tl.store.part import Part, writes, writes_durably
from automl_tl.store.schedules import NEW_OCCURRENCE, find_open_run, occurrence_of, slot_values
from automl_tl.store.schema import occurrences, schedules

# What two daemons see at once, one of them moves on: the row's lock lets the other find it moved.
_MOVE_ON = (
    update(schedules)
    .where(
        schedules.c.id == bindparam("of_schedule"),
        schedules.c.occurrence == bindparam("seen"),
        schedules.c.paused.is_(False),
    )
    .values(occurrence=bindparam("next_occurrence"), due=bindparam("next_due"))
)
_PUT_OFF = (
    update(schedules)
    .where(schedules.c.id == bindparam("of_schedule"), schedules.c.occurrence == bindparam("seen"))
    .values(due=bindparam("until"))
)
_HOLD = select(schedules.c.id).where(schedules.c.id == bindparam("of_schedule")).with_for_update()
# Of what started no job a schedule keeps so many lines: one that runs each minute would fill the store.
KEPT = 1000
_OF_NO_JOB = (occurrences.c.schedule == bindparam("of_schedule"), occurrences.c.job.is_(None))
_OLDEST_KEPT = (
    select(occurrences.c.id)
    .where(*_OF_NO_JOB)
    .order_by(occurrences.c.id.desc())
    .limit(1)
    .offset(bindparam("beyond"))
)
_CLEAR = delete(occurrences).where(*_OF_NO_JOB, occurrences.c.id < _OLDEST_KEPT.scalar_subquery())
_SEEN_GOOD = update(schedules).where(schedules.c.id == bindparam("of_schedule")).values(last_success=Clock())


class SqlOccurrences(Part):
    """One job an occurrence, whoever looks and whenever it dies."""

    @writes_durably
    def take_occurrence(
        self,
        connection: Connection,
        schedule: Schedule,
        taken: Taken,
        *,
        request: JobRequest | None,
        after: Slot | None,
    ) -> Occurrence | None:
        assert schedule.slot is not None
        following = slot_values(after)
        moved = connection.execute(
            _MOVE_ON,
            {
                "of_schedule": schedule.id,
                "seen": schedule.slot.occurrence,
                "next_occurrence": following["occurrence"],
                "next_due": following["due"],
            },
        )
        if not moved.rowcount:
            return None
        running = None if request is None else find_open_run(connection, schedule.id)
        if running is not None:  # a person asked for it since it was looked at
            why = f"job {running.id} of it has not ended: it is {running.state}"
            taken, request = replace(taken, ending=Ending.OVERLAP, why=why), None
        if taken.ending is Ending.UNCHANGED:
            connection.execute(_SEEN_GOOD, {"of_schedule": schedule.id})
        kept = _write(connection, schedule, taken, request=request, asked=False)
        if kept.job is None:
            connection.execute(_CLEAR, {"of_schedule": schedule.id, "beyond": KEPT - 1})
        facts = _facts(schedule, taken, job=kept.job)
        if facts:
            record(connection, *facts, tenant=schedule.tenant, job=kept.job)
        return kept

    @writes
    def put_off(self, connection: Connection, schedule: Schedule, *, due: float) -> None:
        assert schedule.slot is not None
        seen = {"of_schedule": schedule.id, "seen": schedule.slot.occurrence, "until": due}
        connection.execute(_PUT_OFF, seen)

    @writes_durably
    def run_now(self, connection: Connection, schedule: Schedule, *, request: JobRequest) -> Occurrence:
        connection.execute(_HOLD, {"of_schedule": schedule.id}).scalar_one()  # two people come in turn
        running = find_open_run(connection, schedule.id)
        if running is not None:
            raise Conflict(
                f"the schedule {schedule.name} has job {running.id}, which is {running.state}: "
                "wait for its end, or cancel it"
            )
        now = connection.execute(select(Clock())).scalar_one()
        return _write(connection, schedule, Taken(occurrence=now), request=request, asked=True)


def _write(
    connection: Connection, schedule: Schedule, taken: Taken, *, request: JobRequest | None, asked: bool
) -> Occurrence:
    job = None
    if request is not None:
        key = f"schedule {schedule.id} {taken.occurrence!r}"
        job = add(connection, request, tenant=schedule.tenant, key=key).id
    values = {
        "schedule": schedule.id,
        "occurrence": taken.occurrence,
        "asked": asked,
        "passed": taken.passed,
        "ending": taken.ending and taken.ending.value,
        "why": taken.why,
        "job": job,
        "listing": taken.listing,
    }
    written = NEW_OCCURRENCE.values(time=Clock(), **values).returning(occurrences)
    return occurrence_of(connection.execute(written).one())


def _facts(schedule: Schedule, taken: Taken, *, job: str | None) -> tuple[Fact, ...]:
    told = {
        "schedule": schedule.name,
        "name": schedule.request.name,
        "occurrence": taken.occurrence,
        "passed": taken.passed,
        "ending": taken.ending,
        "why": taken.why,
        "job": job,
    }
    if taken.is_missed:
        return ((EventKind.SCHEDULE_MISSED, told),)
    if taken.ending is Ending.UNCHANGED:
        return ((EventKind.SCHEDULE_UNCHANGED, told),)
    return ()
