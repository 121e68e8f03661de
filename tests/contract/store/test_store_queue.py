"""Every store hands a job to one runner at a time, and lets no stale one write."""

import threading

import pytest
from store_values import DATA_REPORT, TENANT, claimed, manifest, report, trial, waiting, wanted

from automl_tl.domain.events import EventKind
from automl_tl.domain.job import JobState, Lease, Phase, Wish
from automl_tl.domain.measurement import Measurement
from automl_tl.domain.trial import TrialState
from automl_tl.errors import Conflict, LeaseLost
from automl_tl.store.sql import SqlStore


def test_claims_go_by_priority_then_age(store: SqlStore) -> None:
    ids = [store.add_job(wanted(priority=p), tenant=TENANT).id for p in (0, 5, 0, 5)]

    leases = [store.claim(holder="runner", lease_seconds=60) for _ in range(5)]

    assert [lease and lease.job for lease in leases] == [ids[1], ids[3], ids[0], ids[2], None]


def test_claim_starts_the_job(store: SqlStore) -> None:
    lease = claimed(store)

    job = store.job(lease.job)

    assert (job.state, job.attempts, lease.fence) == (JobState.RUNNING, 1, 1)
    assert job.started is not None and job.started >= job.created
    assert store.holders() == ("runner",)
    assert store.events(job=job.id)[-1].kind is EventKind.JOB_STARTED


def test_one_job_can_be_claimed_by_its_id(store: SqlStore) -> None:
    ids = [store.add_job(wanted(), tenant=TENANT).id for _ in range(2)]

    lease = store.claim(holder="runner", lease_seconds=60, job=ids[1])

    assert lease is not None and lease.job == ids[1]
    assert store.claim(holder="runner", lease_seconds=60, job=ids[1]) is None
    assert waiting(store) == [ids[0]]


def test_job_whose_lease_ran_out_is_claimed_again_with_a_higher_fence(store: SqlStore) -> None:
    stale = claimed(store, lease_seconds=0)

    lease = store.claim(holder="other", lease_seconds=60)

    assert lease == Lease(job=stale.job, holder="other", fence=2)
    assert store.job(stale.job).attempts == 2
    assert store.claim(holder="third", lease_seconds=60) is None


def test_lapsed_job_of_higher_priority_comes_before_one_that_waits(store: SqlStore) -> None:
    low, high = (store.add_job(wanted(priority=p), tenant=TENANT).id for p in (0, 1))
    store.claim(holder="runner", lease_seconds=0)

    leases = [store.claim(holder="other", lease_seconds=60) for _ in range(2)]

    assert [lease and lease.job for lease in leases] == [high, low]


def test_heartbeat_keeps_a_lease_that_nobody_took(store: SqlStore) -> None:
    lease = claimed(store, lease_seconds=0)

    wish = store.heartbeat(lease, lease_seconds=60)

    assert wish is Wish.NONE
    assert store.claim(holder="other", lease_seconds=60) is None


def test_leases_of_a_dead_holder_run_out_at_once(store: SqlStore) -> None:
    lease, other = claimed(store, "digits"), claimed(store, "letters")
    store.requeue(other, spent_seconds=0, reason="stopping")
    store.claim(holder="alive", lease_seconds=60)

    assert store.expire(holder="runner") == 1
    assert store.expire(holder="runner") == 0
    assert store.expire(holder="nobody") == 0

    again = store.claim(holder="alive", lease_seconds=60)
    assert again is not None and again.job == lease.job


def test_stale_holder_can_write_nothing(store: SqlStore) -> None:
    stale = claimed(store, lease_seconds=0)
    store.propose(stale, trial(0))
    store.start(stale, number=0, until_epoch=1)
    store.claim(holder="runner", lease_seconds=60)  # even under the same name
    before = store.last_event()

    writes = (
        lambda: store.heartbeat(stale, lease_seconds=60),
        lambda: store.enter(stale, Phase.SEARCH),
        lambda: store.requeue(stale, spent_seconds=1, reason="late"),
        lambda: store.finish(stale, JobState.SUCCEEDED, spent_seconds=1),
        lambda: store.freeze(stale, manifest(), path="/m", report=DATA_REPORT),
        lambda: store.measure(stale, Measurement(kind="facts", key="a", value={})),
        lambda: store.propose(stale, trial(1)),
        lambda: store.start(stale, number=0, until_epoch=3),
        lambda: store.settle(stale, number=0, report=report(1), state=TrialState.WAITING),
        lambda: store.end(stale, numbers=[0], state=TrialState.FAILED),
        lambda: store.repeat(stale, number=0, reason="lost"),
        lambda: store.open_test(stale, tenant=TENANT, name="digits", fingerprint="f1", samples=["a"]),
    )
    for write in writes:
        with pytest.raises(LeaseLost, match=stale.job):
            write()
    assert store.last_event() == before


def test_requeued_job_waits_again_without_counting_the_attempt(store: SqlStore) -> None:
    lease = claimed(store)

    store.requeue(lease, spent_seconds=4, reason="the daemon is stopping")
    store.requeue(lease, spent_seconds=4, reason="the daemon is stopping")

    job = store.job(lease.job)
    assert (job.state, job.attempts, job.spent_seconds) == (JobState.QUEUED, 0, 4.0)
    with pytest.raises(LeaseLost):
        store.heartbeat(lease, lease_seconds=60)


def test_seconds_add_up_over_claims(store: SqlStore) -> None:
    lease = claimed(store)
    store.requeue(lease, spent_seconds=4, reason="stopping")
    lease = store.claim(holder="runner", lease_seconds=60)
    assert lease is not None

    store.finish(lease, JobState.SUCCEEDED, spent_seconds=3)
    store.finish(lease, JobState.SUCCEEDED, spent_seconds=3)

    assert store.job(lease.job).spent_seconds == store.spent(lease.job).seconds == 7.0


def test_finish_ends_the_job_once(store: SqlStore) -> None:
    lease = claimed(store)
    store.wish(lease.job, Wish.CANCEL)

    store.finish(lease, JobState.FAILED, spent_seconds=1, failure="no luck")
    last = store.last_event()
    store.finish(lease, JobState.FAILED, spent_seconds=1, failure="no luck")

    job = store.job(lease.job)
    assert (job.state, job.wish, job.failure) == (JobState.FAILED, Wish.NONE, "no luck")
    assert job.finished is not None
    assert (store.last_event(), store.holders()) == (last, ())


def test_job_cannot_finish_as_something_unfinished(store: SqlStore) -> None:
    lease = claimed(store)

    for state in (JobState.QUEUED, JobState.RUNNING):
        with pytest.raises(Conflict, match=state):
            store.finish(lease, state, spent_seconds=1)


def test_paused_job_is_resumed_into_the_queue(store: SqlStore) -> None:
    lease = claimed(store)

    store.finish(lease, JobState.PAUSED, spent_seconds=1)
    assert store.claim(holder="runner", lease_seconds=60) is None
    job = store.wish(lease.job, Wish.NONE)

    assert (job.state, job.finished) == (JobState.QUEUED, None)


@pytest.mark.parametrize(
    ("wish", "state"), [(Wish.CANCEL, JobState.CANCELLED), (Wish.PAUSE, JobState.PAUSED)]
)
def test_wish_that_a_stopping_runner_did_not_hear_is_fulfilled(
    store: SqlStore, wish: Wish, state: JobState
) -> None:
    lease = claimed(store)
    store.wish(lease.job, wish)

    store.requeue(lease, spent_seconds=1, reason="stopping")

    job = store.job(lease.job)
    assert (job.state, job.wish) == (state, Wish.NONE)


def test_phase_is_entered_once(store: SqlStore) -> None:
    lease = claimed(store)

    for phase in (Phase.CHECK, Phase.CHECK, Phase.SCORE):
        store.enter(lease, phase)

    assert store.job(lease.job).phase is Phase.SCORE
    entered = [e.data["phase"] for e in store.events() if e.kind is EventKind.PHASE_ENTERED]
    assert entered == ["check", "score"]


def test_threads_of_one_process_share_a_store(store: SqlStore) -> None:
    claims: list[str] = []
    added = [store.add_job(wanted(), tenant=TENANT).id for _ in range(40)]

    def take() -> None:
        while lease := store.claim(holder=threading.current_thread().name, lease_seconds=60):
            claims.append(lease.job)
            store.finish(lease, JobState.SUCCEEDED, spent_seconds=0)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sorted(claims) == sorted(added)
    assert store.count_jobs()[JobState.SUCCEEDED] == 40


def test_a_job_is_asked_to_yield_unless_a_person_wished_something(store: SqlStore) -> None:
    lease = claimed(store)

    assert store.ask_to_yield(lease.job)
    assert store.heartbeat(lease, lease_seconds=60) is Wish.YIELD
    assert not store.ask_to_yield(lease.job)
    store.wish(lease.job, Wish.PAUSE)
    assert not store.ask_to_yield(lease.job)
    assert store.heartbeat(lease, lease_seconds=60) is Wish.PAUSE


def test_job_that_gave_way_waits_again_with_no_wish(store: SqlStore) -> None:
    lease = claimed(store)
    store.ask_to_yield(lease.job)

    store.requeue(lease, spent_seconds=1, reason="it gave way")

    job = store.job(lease.job)
    assert (job.state, job.wish, job.attempts) == (JobState.QUEUED, Wish.NONE, 0)
    assert not store.ask_to_yield(lease.job)


def test_front_is_each_tenants_most_urgent_job(store: SqlStore) -> None:
    for tenant, priority in (("one", 0), ("one", 3), ("one", 3), ("two", 1)):
        store.add_job(wanted(priority=priority), tenant=tenant)

    front = store.front()

    assert sorted((w.tenant, w.priority, w.sequence) for w in front.waiting) == [
        ("one", 3, min(w.sequence for w in front.waiting)),
        ("two", 1, max(w.sequence for w in front.waiting)),
    ]


@pytest.mark.parametrize("is_heard", [True, False])
def test_discarded_job_is_cancelled_and_cannot_be_tried_again(store: SqlStore, is_heard: bool) -> None:
    lease = claimed(store)
    store.wish(lease.job, Wish.DISCARD)

    if is_heard:
        store.finish(lease, JobState.CANCELLED, spent_seconds=1)
    else:
        store.requeue(lease, spent_seconds=1, reason="stopping")

    job = store.job(lease.job)
    assert job.state is JobState.CANCELLED
    assert job.swept is not None
    with pytest.raises(Conflict, match="let go"):
        store.retry(job.id)


def test_job_that_does_not_run_is_discarded_at_once(store: SqlStore) -> None:
    waits, failed = store.add_job(wanted(), tenant=TENANT), claimed(store)
    store.finish(failed, JobState.FAILED, spent_seconds=1, outcome={"trial": 3})

    found = [store.wish(id, Wish.DISCARD) for id in (waits.id, failed.job)]

    assert [job.state for job in found] == [JobState.CANCELLED, JobState.FAILED]
    assert all(job.swept is not None and job.outcome is None for job in found)
