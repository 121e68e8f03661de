"""Every store keeps the jobs that people submit, and does what they wish of them."""

import math
from dataclasses import replace

import pytest
from store_values import TENANT, claimed, waiting, wanted

from automl_tl.domain.audit import Deed, Wanted
from automl_tl.domain.events import EventKind
from automl_tl.domain.job import JobState, Wish
from automl_tl.errors import Conflict, NotFound
from automl_tl.store import jobs as store_jobs
from automl_tl.store.sql import SqlStore

DEED = Deed(tenant=TENANT, who="token", action="POST /api/v1/jobs", target="/api/v1/jobs", address="::1")


def test_added_job_is_queued_as_it_was_asked_for(store: SqlStore) -> None:
    job = store.add_job(wanted(priority=3), tenant=TENANT)

    assert store.job(job.id) == job
    assert (job.request, job.state, job.tenant) == (wanted(priority=3), JobState.QUEUED, TENANT)
    assert job.created == pytest.approx(store.now(), abs=60)


def test_job_ids_sort_by_time(store: SqlStore) -> None:
    ids = [store.add_job(wanted(), tenant=TENANT).id for _ in range(3)]

    times = [id[2:11] for id in ids]
    assert times == sorted(times)
    assert len(set(ids)) == 3


def test_unknown_job_is_not_found(store: SqlStore) -> None:
    for ask in (store.job, store.retry, store.data_report, store.spent):
        with pytest.raises(NotFound, match="j-none"):
            ask("j-none")


def test_same_idempotency_key_gives_the_same_job_within_a_tenant(store: SqlStore) -> None:
    first = store.add_job(wanted(), tenant=TENANT, key="once")

    again = store.add_job(wanted(), tenant=TENANT, key="once")
    elsewhere = store.add_job(wanted(), tenant="other", key="once")

    assert again == first
    assert elsewhere.id != first.id
    assert sum(store.count_jobs().values()) == 2


def test_an_idempotency_key_that_was_used_for_another_request_is_refused(store: SqlStore) -> None:
    first = store.add_job(wanted(), tenant=TENANT, key="once")

    with pytest.raises(Conflict, match=f"'once' was used for another job, {first.id}"):
        store.add_job(wanted(priority=9), tenant=TENANT, key="once", deed=DEED)

    assert store.deeds(Wanted()) == ()


def test_a_deed_is_noted_with_the_job_that_it_gave(store: SqlStore) -> None:
    job = store.add_job(wanted(), tenant=TENANT, key="once", deed=DEED)
    store.add_job(wanted(), tenant=TENANT, key="once", deed=DEED)

    noted = [one.deed for one in store.deeds(Wanted())]
    assert noted == [replace(DEED, target=job.id)] * 2


def test_a_job_and_its_deed_are_kept_together_or_not_at_all(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr(store_jobs, "record", broken)  # the addition's last statement

    with pytest.raises(RuntimeError, match="the power went"):
        store.add_job(wanted(), tenant=TENANT, deed=DEED)

    assert (store.jobs(), store.deeds(Wanted())) == ((), ())


def test_metric_is_fixed_by_the_first_job_of_a_name(store: SqlStore) -> None:
    store.add_job(wanted(metric="accuracy"), tenant=TENANT)

    with pytest.raises(Conflict, match=r"accuracy.*macro-f1"):
        store.add_job(wanted(metric="macro-f1"), tenant=TENANT)

    assert sum(store.count_jobs().values()) == 1
    assert store.add_job(wanted(metric="macro-f1"), tenant="other").tenant == "other"


def test_jobs_are_listed_newest_first_by_tenant_and_state(store: SqlStore) -> None:
    ids = [store.add_job(wanted(), tenant=t).id for t in (TENANT, "other", TENANT)]
    store.claim(holder="runner", lease_seconds=60, job=ids[2])

    assert [job.id for job in store.jobs()] == ids[::-1]
    assert [job.id for job in store.jobs(limit=1)] == [ids[2]]
    assert [job.id for job in store.jobs(tenant=TENANT)] == [ids[2], ids[0]]
    assert [job.id for job in store.jobs(states=[JobState.QUEUED])] == [ids[1], ids[0]]
    assert [job.id for job in store.jobs(tenant="other", states=[JobState.RUNNING])] == []


def test_older_jobs_and_those_of_one_name_are_listed_alone(store: SqlStore) -> None:
    ids = [store.add_job(wanted(name=name), tenant=TENANT).id for name in ("digits", "other", "digits")]

    assert [job.id for job in store.jobs(before=ids[2])] == [ids[1], ids[0]]
    assert [job.id for job in store.jobs(before=ids[2], limit=1)] == [ids[1]]
    assert store.jobs(before=ids[0]) == ()
    assert [job.id for job in store.jobs(name="digits")] == [ids[2], ids[0]]
    assert [job.id for job in store.jobs(name="digits", before=ids[2])] == [ids[0]]
    with pytest.raises(NotFound):
        store.jobs(before="j-none")


def test_jobs_are_counted_by_state(store: SqlStore) -> None:
    claimed(store)
    store.add_job(wanted(), tenant=TENANT)

    counts = store.count_jobs()

    assert (counts[JobState.RUNNING], counts[JobState.QUEUED], counts[JobState.FAILED]) == (1, 1, 0)


def test_job_that_begins_at_once_never_waits(store: SqlStore) -> None:
    store.add_job(wanted(priority=9), tenant=TENANT)

    lease = store.begin_job(wanted(), tenant=TENANT, holder="here", lease_seconds=60)

    assert store.heartbeat(lease, lease_seconds=60) is Wish.NONE
    assert store.job(lease.job).state is JobState.RUNNING
    with pytest.raises(Conflict, match="macro-f1"):
        store.begin_job(wanted(metric="macro-f1"), tenant=TENANT, holder="here", lease_seconds=60)


def test_job_that_waits_is_cancelled_paused_and_resumed_at_once(store: SqlStore) -> None:
    job = store.add_job(wanted(), tenant=TENANT)

    states = [store.wish(job.id, wish).state for wish in (Wish.PAUSE, Wish.NONE, Wish.CANCEL)]

    assert states == [JobState.PAUSED, JobState.QUEUED, JobState.CANCELLED]
    kinds = [event.kind for event in store.events(job=job.id)]
    told = [EventKind.JOB_QUEUED, EventKind.JOB_PAUSED, EventKind.JOB_REQUEUED, EventKind.JOB_FINISHED]
    assert kinds == told


def test_wish_fulfilled_before_changes_nothing(store: SqlStore) -> None:
    job = store.add_job(wanted(), tenant=TENANT)
    cancelled = store.wish(job.id, Wish.CANCEL)
    last = store.last_event()

    again = store.wish(job.id, Wish.CANCEL)

    assert again == cancelled
    assert store.last_event() == last


def test_running_job_hears_the_wish_by_its_heartbeat(store: SqlStore) -> None:
    lease = claimed(store)

    wished = store.wish(lease.job, Wish.PAUSE)

    assert (wished.state, wished.wish) == (JobState.RUNNING, Wish.PAUSE)
    assert store.heartbeat(lease, lease_seconds=60) is Wish.PAUSE


@pytest.mark.parametrize("wish", [Wish.PAUSE, Wish.NONE, Wish.CANCEL])
def test_finished_job_has_no_wishes(store: SqlStore, wish: Wish) -> None:
    lease = claimed(store)
    store.finish(lease, JobState.SUCCEEDED, spent_seconds=1)

    with pytest.raises(Conflict, match="succeeded"):
        store.wish(lease.job, wish)


def test_failed_job_is_queued_again_as_new(store: SqlStore) -> None:
    lease = claimed(store)
    store.finish(lease, JobState.FAILED, spent_seconds=2, failure="no luck", outcome={"state": "failed"})

    job = store.retry(lease.job)

    assert (job.state, job.failure, job.outcome, job.finished) == (JobState.QUEUED, None, None, None)
    assert (job.attempts, job.spent_seconds) == (0, 2.0)
    assert waiting(store) == [job.id]


def test_only_failed_and_cancelled_jobs_are_tried_again(store: SqlStore) -> None:
    job = store.add_job(wanted(), tenant=TENANT)

    with pytest.raises(Conflict, match="queued"):
        store.retry(job.id)


def test_outcome_comes_back_as_it_was_written(store: SqlStore) -> None:
    lease = claimed(store)
    outcome = {"test": 0.9, "gain": None, "curve": [[1.0, 0.5]], "loss": math.inf, "decision": "keep"}

    store.finish(lease, JobState.SUCCEEDED, spent_seconds=1, outcome=outcome)

    assert store.job(lease.job).outcome == outcome
