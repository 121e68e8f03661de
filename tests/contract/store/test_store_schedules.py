"""Every store starts exactly one job an occurrence, and remembers what became of each."""

import threading
from dataclasses import replace

import pytest
from store_values import TENANT, claimed, wanted

from automl_tl.domain.events import EventKind
from automl_tl.domain.job import JobRequest, JobState
from automl_tl.domain.schedule import Ending, Occurrence, Rule, Schedule, Slot, Taken
from automl_tl.errors import Conflict, NotFound
from automl_tl.store import occurrences as taking
from automl_tl.store.sql import SqlStore

RULE = Rule(cron="0 2 * * *", timezone="Europe/Zurich", blackouts=("2026-12-24",))
PAST, FUTURE = Slot(occurrence=1000.0, due=1001.5), Slot(occurrence=9e10, due=9e10)


def added(store: SqlStore, *, name: str = "nightly", slot: Slot = PAST) -> Schedule:
    return store.add_schedule(tenant=TENANT, name=name, rule=RULE, request=wanted(), slot=slot)


def take(
    store: SqlStore, schedule: Schedule, *, request: JobRequest | None = None, **more: object
) -> Occurrence | None:
    assert schedule.slot is not None
    taken = Taken(occurrence=schedule.slot.occurrence, **more)  # type: ignore[arg-type]
    return store.take_occurrence(schedule, taken, request=request, after=FUTURE)


def finish(store: SqlStore, job: str, state: JobState = JobState.SUCCEEDED) -> None:
    lease = store.claim(holder="runner", lease_seconds=60, job=job)
    assert lease is not None
    store.finish(lease, state, spent_seconds=1)


def test_schedule_is_kept_as_it_was_said(store: SqlStore) -> None:
    schedule = added(store)

    assert store.schedules() == store.schedules(tenant=TENANT) == (schedule,)
    assert store.schedules(tenant="other") == ()
    assert (schedule.rule, schedule.request, schedule.slot) == (RULE, wanted(), PAST)
    assert (schedule.paused, schedule.last_success) == (False, None)
    assert added(store, slot=FUTURE) == schedule  # asked twice, kept once
    with pytest.raises(Conflict, match="another schedule nightly"):
        store.add_schedule(
            tenant=TENANT, name="nightly", rule=replace(RULE, cron="0 3 * * *"), request=wanted(), slot=PAST
        )


def test_only_what_is_due_by_now_is_due(store: SqlStore) -> None:
    late, soon = added(store, name="late"), added(store, name="soon", slot=replace(PAST, due=900.0))
    added(store, name="later", slot=FUTURE)

    assert [schedule.id for schedule in store.due_schedules()] == [soon.id, late.id]


def test_an_occurrence_becomes_one_job_however_often_it_is_taken(store: SqlStore) -> None:
    schedule = added(store)

    first = take(store, schedule, request=wanted(), listing="seen")
    again = take(store, schedule, request=wanted(), listing="seen")

    assert first is not None and again is None
    assert [job.id for job in store.jobs()] == [first.job]
    assert store.schedule(tenant=TENANT, name="nightly").slot == FUTURE
    assert store.occurrences(schedule.id) == (first,)
    assert (first.occurrence, first.asked, first.ending, first.listing) == (1000.0, False, None, "seen")
    assert store.occurrence_of(str(first.job)) == first
    assert store.due_schedules() == ()


def test_two_who_take_the_same_slot_at_once_start_one_job(store: SqlStore) -> None:
    schedule = added(store)
    begin, found = threading.Barrier(4), list[Occurrence | None]()

    def rival() -> None:
        begin.wait()
        found.append(take(store, schedule, request=wanted()))

    rivals = [threading.Thread(target=rival) for _ in range(4)]
    for thread in rivals:
        thread.start()
    for thread in rivals:
        thread.join(60)

    assert sorted(one is None for one in found) == [False, True, True, True]
    assert len(store.jobs()) == len(store.occurrences(schedule.id)) == 1


def test_a_job_that_is_refused_leaves_the_slot_where_it_was(store: SqlStore) -> None:
    claimed(store)  # the name is judged by accuracy from now on
    schedule = added(store)

    with pytest.raises(Conflict, match="judged by accuracy"):
        take(store, schedule, request=wanted(metric="macro_f1"))

    assert store.schedule(tenant=TENANT, name="nightly") == schedule
    assert store.occurrences(schedule.id) == ()
    refused = take(store, schedule, ending=Ending.REFUSED, why="no")
    assert refused is not None and (refused.ending, refused.why, refused.job) == (Ending.REFUSED, "no", None)


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"ending": Ending.MISSED, "is_late": True, "passed": 3}, EventKind.SCHEDULE_MISSED),
        ({"ending": Ending.OVERLAP}, EventKind.SCHEDULE_MISSED),
        ({"ending": Ending.UNCHANGED}, EventKind.SCHEDULE_UNCHANGED),
    ],
)
def test_what_starts_no_job_is_told(store: SqlStore, more: dict[str, object], kind: EventKind) -> None:
    schedule = added(store)

    kept = take(store, schedule, why="a reason", **more)

    assert kept is not None and kept.job is None
    told = store.events()[-1]
    assert (told.kind, told.job, told.tenant) == (kind, None, TENANT)
    assert told.data["schedule"] == "nightly"
    assert (told.data["why"], told.data["ending"]) == ("a reason", str(more["ending"]))
    succeeded = store.schedule(tenant=TENANT, name="nightly").last_success
    assert (succeeded is not None) == (kind is EventKind.SCHEDULE_UNCHANGED)


def test_a_late_job_is_told_with_its_job(store: SqlStore) -> None:
    kept = take(store, added(store), request=wanted(), is_late=True, passed=2)

    assert kept is not None and kept.passed == 2
    told = [event for event in store.events() if event.kind is EventKind.SCHEDULE_MISSED]
    assert [(event.job, event.data["passed"]) for event in told] == [(kept.job, 2)]


def test_success_is_that_of_the_job(store: SqlStore) -> None:
    schedule = added(store)
    first = take(store, schedule, request=wanted(), listing="one")
    assert first is not None and first.job is not None
    running = store.open_run(schedule.id)
    assert running is not None and running.id == first.job
    assert store.last_success(schedule.id) is None

    finish(store, first.job)

    assert store.open_run(schedule.id) is None
    last = store.last_success(schedule.id)
    assert last is not None and (last[0], last[1].id) == (first, first.job)
    kept = store.schedule(tenant=TENANT, name="nightly")
    assert kept.last_success == pytest.approx(store.job(first.job).finished, abs=1.0)
    second = store.run_now(kept, request=wanted())
    assert second.job is not None
    finish(store, second.job, JobState.FAILED)
    assert store.last_success(schedule.id) == last
    assert store.schedule(tenant=TENANT, name="nightly") == kept


def test_a_person_runs_it_now_but_not_beside_itself(store: SqlStore) -> None:
    schedule = added(store, slot=FUTURE)

    asked = store.run_now(schedule, request=wanted())

    assert asked.asked and asked.job is not None
    assert asked.occurrence == pytest.approx(store.now(), abs=60)
    assert store.schedule(tenant=TENANT, name="nightly").slot == FUTURE
    with pytest.raises(Conflict, match=asked.job):
        store.run_now(schedule, request=wanted())


def test_what_a_person_began_meanwhile_is_not_begun_again(store: SqlStore) -> None:
    schedule = added(store)
    asked = store.run_now(schedule, request=wanted())

    taken = take(store, schedule, request=wanted())

    assert taken is not None and taken.job is None
    assert (taken.ending, asked.job in str(taken.why)) == (Ending.OVERLAP, True)
    assert [job.id for job in store.jobs()] == [asked.job]


def test_paused_schedule_is_not_due_and_its_slot_is_not_taken(store: SqlStore) -> None:
    schedule = added(store)

    paused = store.pause_schedule(tenant=TENANT, name="nightly")

    assert (paused.paused, paused.slot) == (True, None)
    assert store.due_schedules() == ()
    assert take(store, schedule, request=wanted()) is None
    assert store.jobs() == ()
    resumed = store.resume_schedule(tenant=TENANT, name="nightly", slot=FUTURE)
    assert (resumed.paused, resumed.slot) == (False, FUTURE)
    assert store.resume_schedule(tenant=TENANT, name="nightly", slot=PAST) == resumed


def test_what_is_put_off_is_due_later(store: SqlStore) -> None:
    schedule = added(store)

    store.put_off(schedule, due=9e10)

    assert store.due_schedules() == ()
    later = store.schedule(tenant=TENANT, name="nightly")
    assert later.slot == Slot(occurrence=1000.0, due=9e10)
    assert take(store, later, request=wanted()) is not None


def test_removed_schedule_leaves_its_jobs(store: SqlStore) -> None:
    schedule = added(store)
    kept = take(store, schedule, request=wanted())
    assert kept is not None and kept.job is not None

    store.remove_schedule(tenant=TENANT, name="nightly")

    assert store.schedules() == ()
    assert store.occurrences(schedule.id) == ()
    assert store.job(kept.job).state is JobState.QUEUED
    assert take(store, schedule, request=wanted()) is None
    assert added(store).id != schedule.id
    for call in (store.remove_schedule, store.pause_schedule, store.schedule):
        with pytest.raises(NotFound, match="no schedule weekly"):
            call(tenant=TENANT, name="weekly")


def test_history_of_what_started_no_job_is_bounded(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "KEPT", 3)
    schedule = added(store)
    first = take(store, schedule, request=wanted())
    assert first is not None
    for number in range(5):
        current = store.schedule(tenant=TENANT, name="nightly")
        assert current.slot is not None
        taken = Taken(occurrence=2000.0 + number, ending=Ending.UNCHANGED)
        after = replace(PAST, occurrence=float(number))
        store.take_occurrence(current, taken, request=None, after=after)

    *newest, oldest = store.occurrences(schedule.id)

    assert [one.occurrence for one in newest] == [2004.0, 2003.0, 2002.0]
    assert oldest == first
