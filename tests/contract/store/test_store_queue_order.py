"""Every store hands out jobs in the order that ``domain.queue_order`` says, within each tenant's quota."""

import random

from store_values import wanted

from automl_tl.domain.budget import Budget
from automl_tl.domain.job import JobRequest, JobState, Lease
from automl_tl.domain.queue import Queue
from automl_tl.domain.queue_order import GUARANTEED, Line
from automl_tl.domain.quota import NO_QUOTA, Quota
from automl_tl.store.sql import SqlStore


def add(store: SqlStore, tenant: str, *, priority: int = 0) -> str:
    return store.add_job(wanted(priority=priority), tenant=tenant).id


def take(store: SqlStore, quota: Quota = NO_QUOTA) -> Lease | None:
    return store.claim(holder="runner", lease_seconds=60, quota=quota)


def order(store: SqlStore, claims: int = 10**6) -> list[str]:
    found: list[str] = []
    while len(found) < claims and (lease := take(store)) is not None:
        found.append(lease.job)
    return found


def queue_of(store: SqlStore) -> Queue:
    queue = store.queue()
    assert queue is not None
    return queue


def test_tenants_are_served_in_turn(store: SqlStore) -> None:
    many = [add(store, "many") for _ in range(3)]
    few = [add(store, "few") for _ in range(2)]

    assert order(store) == [many[0], few[0], many[1], few[1], many[2]]


def test_priority_goes_before_turns(store: SqlStore) -> None:
    plain = [add(store, "one"), add(store, "two")]
    urgent = [add(store, "one", priority=5) for _ in range(2)]

    assert order(store) == [*urgent, plain[1], plain[0]]


def test_every_tenth_claim_is_for_whoever_waited_longest(store: SqlStore) -> None:
    patient = add(store, "patient")
    for _ in range(2 * GUARANTEED):
        add(store, "urgent", priority=9)

    assert order(store).index(patient) == GUARANTEED - 1


def test_old_job_of_a_tenant_does_not_starve_behind_its_own_urgent_ones(store: SqlStore) -> None:
    patient = add(store, "one")
    claims = 0
    while True:
        claims += 1
        add(store, "one", priority=9)
        lease = take(store)
        assert lease is not None
        store.finish(lease, JobState.SUCCEEDED, spent_seconds=0)
        if lease.job == patient:
            break

    assert claims == GUARANTEED


def test_claims_are_what_the_rule_says(store: SqlStore) -> None:
    chance = random.Random(0)
    for _ in range(60):
        add(store, f"t{chance.randrange(4)}", priority=chance.choice((0, 0, 0, 3, 7)))
    store.grant(Quota(running_jobs=6), tenant="t2", who="me")
    first = order(store, 7)  # tenants that have been served already
    line = Line(queue_of(store))

    expected = []
    while (job := line.take()) is not None:
        expected.append(job.job)

    assert len(first) == 7
    assert len(expected) < 53, "the quota holds some back"
    assert order(store) == expected


def test_no_more_of_a_tenants_jobs_run_than_its_quota_says(store: SqlStore) -> None:
    ids = [add(store, "one") for _ in range(3)]
    two = Quota(running_jobs=2)
    leases = [take(store, two) for _ in range(3)]

    assert [lease and lease.job for lease in leases] == [ids[0], ids[1], None]
    store.grant(Quota(running_jobs=3), tenant="one", who="me")
    lease = take(store, two)
    assert lease is not None and lease.job == ids[2]


def test_tenant_that_used_its_compute_seconds_waits(store: SqlStore) -> None:
    add(store, "one"), add(store, "one")
    spent = take(store)
    assert spent is not None
    store.finish(spent, JobState.SUCCEEDED, spent_seconds=100)
    other = add(store, "two")

    leases = [take(store, Quota(compute_seconds=99)) for _ in range(2)]

    assert [lease and lease.job for lease in leases] == [other, None]
    queue = store.queue(quota=Quota(compute_seconds=99))
    assert queue is not None and queue.standing("one").seconds == 100
    store.grant(Quota(compute_seconds=101), tenant="one", who="me")
    assert take(store, Quota(compute_seconds=99)) is not None


def test_job_whose_runner_died_goes_on_first_and_keeps_its_turn(store: SqlStore) -> None:
    ids = [add(store, "one"), add(store, "two")]
    lapsed = store.claim(holder="gone", lease_seconds=0)
    urgent = add(store, "two", priority=9)

    found = order(store)

    assert lapsed is not None and lapsed.job == ids[0]
    assert found == [ids[0], urgent, ids[1]]
    assert queue_of(store).claims == 3


def test_queue_tells_who_waits_who_runs_and_what_past_jobs_took(store: SqlStore) -> None:
    done, running, waits = (
        store.add_job(_budgeted(seconds), tenant="one").id for seconds in (60.0, 30.0, None)
    )
    finished = take(store)
    assert finished is not None
    store.finish(finished, JobState.SUCCEEDED, spent_seconds=45)
    take(store)

    queue = queue_of(store)

    assert finished.job == done
    assert [(w.job, w.name, w.budget_seconds) for w in queue.waiting] == [(waits, "digits", None)]
    assert [(r.job, r.budget_seconds, r.holder) for r in queue.running] == [(running, 30.0, "runner")]
    assert 0 <= queue.running[0].seconds < 60
    assert [(t.name, t.seconds, t.budget_seconds) for t in queue.took] == [("digits", 45.0, 60.0)]
    assert (queue.standing("one").served, queue.standing("one").running) == (2, 1)
    assert store.queue(most=0) is None
    assert store.quotas() == {"one": Quota()}


def _budgeted(seconds: float | None) -> JobRequest:
    request = wanted()
    return JobRequest(
        name=request.name,
        dataset=request.dataset,
        space=request.space,
        budget=Budget(seconds=seconds, trials=None if seconds else 5),
    )
