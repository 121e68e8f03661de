"""Every store tells what happened in the order in which it became true."""

import threading
from dataclasses import asdict, replace

import pytest
from store_values import TENANT, claimed, report, trial

from automl_tl.domain.events import EventKind, Tally
from automl_tl.domain.job import Lease
from automl_tl.domain.trial import Outlay, TrialState
from automl_tl.errors import LeaseLost
from automl_tl.store.sql import SqlStore


def test_events_begin_at_nothing(store: SqlStore) -> None:
    assert store.events() == ()
    before = store.last_event()

    store.append(EventKind.WORKER_LOST, tenant=TENANT, job=None, data={"reason": "ü"})

    (event,) = store.events(after=before)
    assert (event.kind, event.job, event.data) == (EventKind.WORKER_LOST, None, {"reason": "ü"})
    assert event.id == store.last_event() > before
    assert event.time == pytest.approx(store.now(), abs=60)


def test_reader_resumes_after_the_last_event_it_saw(store: SqlStore) -> None:
    for number in range(5):
        store.append(EventKind.WORKER_LOST, tenant=TENANT, job=None, data={"number": number})

    seen: list[object] = []
    after = 0
    while page := store.events(after=after, limit=2):
        seen += [event.data["number"] for event in page]
        after = page[-1].id

    assert seen == list(range(5))


def test_events_of_one_job_are_told_apart(store: SqlStore) -> None:
    one, other = claimed(store), claimed(store)

    store.propose(other, trial(0))

    assert {event.job for event in store.events(job=one.job)} == {one.job}
    assert store.events(job=other.job)[-1].kind is EventKind.TRIAL_PROPOSED


def test_trial_tells_the_page_what_it_shows(store: SqlStore) -> None:
    lease = claimed(store)
    last = store.last_event()

    store.propose(lease, trial(0))
    store.start(lease, number=0, until_epoch=3)
    store.settle(lease, number=0, report=report(3), state=TrialState.COMPLETE)

    proposed, started, reported, ended = store.events(after=last)
    told = {"number": 0, "configuration": asdict(trial(0).configuration)}
    assert {key: proposed.data[key] for key in told} == told
    assert started.data == {"number": 0, "until_epoch": 3}
    assert reported.data == {"number": 0, "epoch": 3, "value": 0.5, "seconds": 0.1, "state": "complete"}
    assert ended.data == {"numbers": [0], "state": "complete", "failure": None}


def test_report_tells_what_its_seconds_went_into(store: SqlStore) -> None:
    lease = claimed(store)
    outlay = Outlay(
        way="whole",
        epochs=3,
        samples=10,
        frozen_passes=0.0,
        opening_seconds=1.0,
        keeping_seconds=0.0,
        head_seconds=0.0,
        training_seconds=2.0,
        reading_seconds=0.5,
        hits=4,
    )
    store.propose(lease, trial(0))
    store.start(lease, number=0, until_epoch=3)
    last = store.last_event()

    store.settle(lease, number=0, report=replace(report(3), outlay=outlay), state=TrialState.WAITING)

    (reported,) = store.events(after=last)
    assert reported.data["outlay"] == asdict(outlay)


def test_reader_that_counts_goes_on_where_it_stopped(store: SqlStore) -> None:
    assert store.tally("metrics") is None

    store.keep_tally("metrics", Tally(last=7, state={"seen": [1, 2.5]}))
    store.keep_tally("metrics", Tally(last=5, state={"seen": "less"}))
    store.keep_tally("others", Tally(last=3, state={}))

    assert store.tally("metrics") == Tally(last=7, state={"seen": [1, 2.5]})
    assert store.tally("others") == Tally(last=3, state={})


def test_each_access_of_the_store_is_timed(store: SqlStore) -> None:
    told: list[tuple[str, float]] = []
    store.time_accesses(lambda access, seconds: told.append((access, seconds)))

    store.keep_tally("metrics", Tally(last=1, state={}))
    with pytest.raises(LeaseLost):
        store.propose(Lease(job="j-none", holder="nobody", fence=1), trial(0))
    store.last_event()

    assert [access for access, _ in told] == ["write", "write", "read"]
    assert all(0 < seconds < 60 for _, seconds in told)


def test_write_that_fails_tells_nothing(store: SqlStore) -> None:
    stale = claimed(store, lease_seconds=0)
    store.claim(holder="other", lease_seconds=60)
    last = store.last_event()

    with pytest.raises(LeaseLost):
        store.propose(stale, trial(0))

    assert store.last_event() == last


def test_reader_beside_writers_misses_no_event(store: SqlStore) -> None:
    writers = [threading.Thread(target=_write, args=(store, name)) for name in ("a", "b", "c")]
    for writer in writers:
        writer.start()

    seen: list[int] = []
    is_last = False
    while not is_last:
        is_last = not any(writer.is_alive() for writer in writers)
        seen += [event.id for event in store.events(after=seen[-1] if seen else 0)]

    assert len(seen) == 90
    assert [event.id for event in store.events()] == seen


def _write(store: SqlStore, name: str) -> None:
    for number in range(30):
        store.append(EventKind.WORKER_LOST, tenant=TENANT, job=None, data={"by": name, "number": number})
