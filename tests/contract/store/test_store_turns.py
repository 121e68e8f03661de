"""One job a name proves at a time, and a dead one does not keep the others waiting."""

import pytest
from store_values import TENANT, claimed, decide

from automl_tl.domain.job import JobState, Lease
from automl_tl.errors import LeaseLost
from automl_tl.store.sql import SqlStore


def turn(store: SqlStore, lease: Lease, name: str = "digits") -> str | None:
    return store.take_turn(lease, tenant=TENANT, name=name)


def test_the_second_job_waits_until_the_first_has_ended(store: SqlStore) -> None:
    first, second, other = claimed(store), claimed(store), claimed(store, "letters")

    assert turn(store, first) is None
    assert turn(store, first) is None
    assert turn(store, second) == first.job
    assert turn(store, other, "letters") is None

    store.finish(first, JobState.SUCCEEDED, spent_seconds=1.0)

    assert turn(store, second) is None


def test_the_turn_is_over_with_the_decision(store: SqlStore) -> None:
    first, second = claimed(store), claimed(store)
    turn(store, first)

    decide(store, first)

    assert turn(store, second) is None


def test_the_turn_of_a_job_that_was_given_back_is_over(store: SqlStore) -> None:
    first, second = claimed(store), claimed(store)
    turn(store, first)

    store.requeue(first, spent_seconds=1.0, reason="the daemon stops")

    assert turn(store, second) is None


def test_the_turn_of_a_dead_holder_is_over(store: SqlStore) -> None:
    dead, second = claimed(store, lease_seconds=0), claimed(store)
    assert turn(store, dead) is None

    assert turn(store, second) is None

    store.claim(holder="other", lease_seconds=60, job=dead.job)
    with pytest.raises(LeaseLost):
        turn(store, dead)
