"""Every store keeps the study as it happened, and every write of it may happen twice."""

import math
from dataclasses import asdict, replace

import pytest
from store_values import DATA_REPORT, TENANT, claimed, manifest, report, trial

from automl_tl.domain.budget import Spent
from automl_tl.domain.candidate import CandidateFacts
from automl_tl.domain.dataset import Split
from automl_tl.domain.events import EventKind
from automl_tl.domain.job import JobState, Lease
from automl_tl.domain.measurement import Measurement
from automl_tl.domain.trial import TrialState
from automl_tl.errors import Conflict, NotFound
from automl_tl.store.sql import SqlStore

FACTS = CandidateFacts(
    candidate="residual",
    stages=("one",),
    parameters=10,
    multiply_adds=20,
    stage_multiply_adds=(20,),
    features=8,
    image_size=32,
    learning_rate=1e-3,
    freeze_depth=1,
    weights_sha256="abc",
    size_bytes=40,
)


def test_trial_comes_back_as_it_was_proposed(store: SqlStore) -> None:
    lease = claimed(store)
    proposed = replace(trial(0), origin="recipe")

    store.propose(lease, proposed)
    store.propose(lease, replace(proposed, seed=7))

    assert store.trials(lease.job) == (proposed,)


def test_trial_runs_reports_waits_and_advances(store: SqlStore) -> None:
    lease = claimed(store)
    store.propose(lease, trial(0))

    store.start(lease, number=0, until_epoch=1)
    running = store.trials(lease.job)[0]
    store.settle(lease, number=0, report=report(1), state=TrialState.WAITING)
    store.start(lease, number=0, until_epoch=3)
    store.settle(lease, number=0, report=report(3, 0.75), state=TrialState.COMPLETE)

    assert (running.state, running.until_epoch) == (TrialState.RUNNING, 1)
    assert store.trials(lease.job) == (
        replace(trial(0), state=TrialState.COMPLETE, until_epoch=3, reports=(report(1), report(3, 0.75))),
    )


def test_every_study_write_may_happen_twice(store: SqlStore) -> None:
    lease = claimed(store)
    writes = (
        lambda: store.propose(lease, trial(0)),
        lambda: store.start(lease, number=0, until_epoch=1),
        lambda: store.settle(lease, number=0, report=report(1), state=TrialState.WAITING),
        lambda: store.end(lease, numbers=[0], state=TrialState.PRUNED),
    )
    for write in writes:
        write()
        once, last = store.trials(lease.job), store.last_event()
        write()
        assert (store.trials(lease.job), store.last_event()) == (once, last)


def test_evaluation_that_got_no_further_goes_back_to_waiting(store: SqlStore) -> None:
    lease = claimed(store)
    store.propose(lease, trial(0))
    store.start(lease, number=0, until_epoch=1)
    store.settle(lease, number=0, report=report(1), state=TrialState.WAITING)
    store.start(lease, number=0, until_epoch=3)

    store.settle(lease, number=0, report=report(1, 0.9), state=TrialState.WAITING)

    kept = store.trials(lease.job)[0]
    assert (kept.state, kept.reports) == (TrialState.WAITING, (report(1),))


def test_reporting_trial_may_go_on_running(store: SqlStore) -> None:
    lease = claimed(store)
    store.propose(lease, trial(0))
    store.start(lease, number=0, until_epoch=9)

    for epoch in (1, 2):
        store.settle(lease, number=0, report=report(epoch), state=TrialState.RUNNING)

    kept = store.trials(lease.job)[0]
    assert (kept.state, kept.epoch) == (TrialState.RUNNING, 2)


def test_first_end_of_a_trial_stays(store: SqlStore) -> None:
    lease = claimed(store)
    for number in range(2):
        store.propose(lease, trial(number))
        store.start(lease, number=number, until_epoch=1)

    store.end(lease, numbers=[0], state=TrialState.FAILED, failure="it diverged")
    store.end(lease, numbers=[0, 1], state=TrialState.CANCELLED)
    store.settle(lease, number=0, report=report(1), state=TrialState.WAITING)

    ends = [(t.state, t.failure, t.reports) for t in store.trials(lease.job)]
    assert ends == [(TrialState.FAILED, "it diverged", ()), (TrialState.CANCELLED, None, ())]


def test_illegal_moves_of_a_trial_are_conflicts(store: SqlStore) -> None:
    lease = claimed(store)
    store.propose(lease, trial(0))

    with pytest.raises(Conflict, match="never started"):
        store.settle(lease, number=0, report=report(1), state=TrialState.WAITING)
    with pytest.raises(Conflict, match="proposed"):
        store.end(lease, numbers=[0], state=TrialState.PRUNED)
    with pytest.raises(Conflict, match="waiting"):
        store.end(lease, numbers=[0], state=TrialState.WAITING)
    store.end(lease, numbers=[0], state=TrialState.CANCELLED)
    with pytest.raises(Conflict, match="cancelled"):
        store.start(lease, number=0, until_epoch=1)
    with pytest.raises(NotFound, match="trial 9"):
        store.start(lease, number=9, until_epoch=1)


def test_lost_workers_are_counted(store: SqlStore) -> None:
    lease = claimed(store)
    store.propose(lease, trial(0))
    store.start(lease, number=0, until_epoch=1)

    attempts = [store.repeat(lease, number=0, reason="killed") for _ in range(2)]

    assert attempts == [1, 2]
    assert store.trials(lease.job)[0].attempts == 2
    lost = store.events(job=lease.job)[-1]
    assert (lost.kind, lost.data["reason"]) == (EventKind.WORKER_LOST, "killed")


def test_spent_counts_started_trials_and_reported_epochs(store: SqlStore) -> None:
    lease = claimed(store)
    for number in range(3):
        store.propose(lease, trial(number))
    for number, epoch in ((0, 1), (1, 1), (1, 3)):
        store.start(lease, number=number, until_epoch=epoch)
        store.settle(lease, number=number, report=report(epoch), state=TrialState.WAITING)

    assert store.spent(lease.job) == Spent(seconds=0.0, trials=2, epochs=4)


def test_figures_that_are_no_numbers_come_back_as_such(store: SqlStore) -> None:
    lease = claimed(store)
    store.propose(lease, trial(0))
    store.start(lease, number=0, until_epoch=1)
    odd = replace(report(1), value=-math.inf, loss=math.nan, train_value=None)

    store.settle(lease, number=0, report=odd, state=TrialState.WAITING)

    kept = store.trials(lease.job)[0].reports[0]
    assert math.isnan(kept.loss)
    assert (kept.value, kept.train_value) == (-math.inf, None)
    assert store.events(job=lease.job)[-1].data["value"] is None  # what a browser can read


def test_values_over_time_are_those_of_every_report_that_has_a_number(store: SqlStore) -> None:
    lease = claimed(store)
    for number, values in enumerate([(0.5, 0.8), (math.nan,)]):
        store.propose(lease, trial(number))
        for epoch, value in enumerate(values, start=1):
            store.start(lease, number=number, until_epoch=epoch)
            store.settle(lease, number=number, report=report(epoch, value), state=TrialState.WAITING)

    found = store.values_over_time(lease.job)

    assert [value for _, value in found] == [0.5, 0.8]
    assert found[0][0] <= found[1][0]
    assert found[0][0] == pytest.approx(store.now(), abs=60)
    assert store.values_over_time("j-none") == ()


def test_jobs_do_not_see_each_others_trials(store: SqlStore) -> None:
    one, other = claimed(store), claimed(store)

    store.propose(one, trial(0))

    assert store.trials(other.job) == ()


def test_first_value_of_a_measurement_stays_and_order_is_kept(store: SqlStore) -> None:
    lease = claimed(store)
    slow = Measurement(kind="facts", key="b", value={"seconds": 2.0, "stages": ["stem", "body"]})
    note = Measurement(kind="note", key="a", value={"text": "ü"})

    for measurement in (slow, note, replace(slow, value={"seconds": 1.0})):
        store.measure(lease, measurement)

    assert store.measurements(lease.job) == (slow, note)


def test_candidates_scored_and_left_out_are_events(store: SqlStore) -> None:
    lease = claimed(store)

    store.measure(lease, Measurement(kind="facts", key="a", value={"parameters": 7}))
    store.measure(lease, Measurement(kind="left-out", key="b", value={"reason": "too large"}))
    store.measure(lease, Measurement(kind="retest", key="readings", value={}))

    told = [(e.kind, e.data) for e in store.events(job=lease.job)][-2:]
    assert told == [
        (EventKind.CANDIDATE_SCORED, {"parameters": 7, "candidate": "a"}),
        (EventKind.CANDIDATE_LEFT_OUT, {"reason": "too large", "candidate": "b"}),
    ]


def test_frozen_manifest_is_tied_to_its_job(store: SqlStore) -> None:
    lease = claimed(store)
    assert store.data_report(lease.job) is None

    store.freeze(lease, manifest(), path="/manifests/f1.jsonl", report=DATA_REPORT)
    store.freeze(lease, manifest(), path="/manifests/f1.jsonl", report=DATA_REPORT)

    assert store.job(lease.job).manifest == "/manifests/f1.jsonl"
    assert store.data_report(lease.job) == DATA_REPORT


def test_sample_keeps_its_split_for_ever(store: SqlStore) -> None:
    first, second = claimed(store), claimed(store, "letters")
    assert store.latest_manifest(tenant=TENANT, dataset_name="digits") is None
    store.freeze(first, manifest(), path="/m1", report=DATA_REPORT)
    assert store.latest_manifest(tenant=TENANT, dataset_name="digits") == "/m1"
    grown = manifest("f2", splits={"aa": Split.TEST, "cc": Split.RETEST})

    store.freeze(second, grown, path="/m2", report=DATA_REPORT)

    assert store.latest_manifest(tenant=TENANT, dataset_name="digits") == "/m2"
    assert store.latest_manifest(tenant="other", dataset_name="digits") is None
    splits = store.splits(tenant=TENANT, dataset_name="digits")
    assert splits == {"aa": Split.TRAIN, "bb": Split.TEST, "cc": Split.RETEST}
    assert store.splits(tenant="other", dataset_name="digits") == {}
    assert store.splits(tenant=TENANT, dataset_name="letters") == {}


def searched(store: SqlStore, name: str, values: list[float], state: JobState) -> Lease:
    """A job of one candidate, ``residual``, with a trial for each value."""
    lease = claimed(store, name)
    store.measure(lease, Measurement(kind="facts", key="residual", value=asdict(FACTS)))
    for number, value in enumerate(values):
        store.propose(lease, trial(number))
        store.start(lease, number=number, until_epoch=1)
        store.settle(lease, number=number, report=report(1, value), state=TrialState.WAITING)
    store.finish(lease, state, spent_seconds=1.0)
    return lease


def test_past_results_are_the_best_of_each_candidate_in_jobs_that_succeeded(store: SqlStore) -> None:
    searched(store, "digits", [0.5, 0.75, math.nan], JobState.SUCCEEDED)
    searched(store, "flowers", [0.9], JobState.FAILED)
    searched(store, "letters", [math.nan], JobState.SUCCEEDED)
    searched(store, "waste", [0.25], JobState.SUCCEEDED)

    found = store.past_results(tenant=TENANT)

    assert [(r.dataset_name, r.weights_sha256, r.value) for r in found] == [
        ("waste", "abc", 0.25),
        ("digits", "abc", 0.75),
    ]
    assert found[1].parameters == FACTS.parameters
    assert found[1].seconds == pytest.approx(2 * report(1).seconds)
    assert store.past_results(tenant=None) == found
    assert store.past_results(tenant="elsewhere") == ()
