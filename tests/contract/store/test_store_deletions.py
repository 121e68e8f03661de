"""What is let go is written down, and what was decided stays."""

import pytest
from store_values import DATA_REPORT, TENANT, claimed, decide, manifest

from automl_tl.domain.dataset import Split
from automl_tl.domain.gate import Outcome
from automl_tl.domain.job import JobState
from automl_tl.domain.promotion import PromotionKind
from automl_tl.errors import Conflict, NotFound
from automl_tl.store.sql import SqlStore

LINE = {"tenant": TENANT, "name": "digits"}


def version(store: SqlStore, outcome: Outcome = Outcome.PROMOTE, *, number: int) -> str:
    """One job that ended with a registered version; its decision."""
    lease = claimed(store)
    champion = store.model(**LINE).champion
    decided = decide(store, lease, outcome, against=None if champion is None else champion.id)
    store.register(decided.id, version=number)
    store.finish(lease, JobState.SUCCEEDED, spent_seconds=1.0, outcome={})
    return decided.id


def test_a_deleted_version_keeps_its_decision_with_when_and_why(store: SqlStore) -> None:
    kept = version(store, Outcome.KEEP, number=1)
    version(store, number=2)

    for _ in range(2):
        store.delete_versions(**LINE, decisions=[kept], reason="nobody needs it")

    gone = store.decided(kept)
    assert gone.gone_why == "nobody needs it"
    assert abs(gone.gone - store.now()) < 60
    assert (gone.version, gone.decision.outcome) == (1, Outcome.KEEP)
    (told,) = (event.data for event in store.events() if event.kind == "deleted")
    assert told == {"name": "digits", "versions": [1], "reason": "nobody needs it"}
    with pytest.raises(Conflict, match=r"version 1 of digits was deleted on 20..-..-..: nobody needs it"):
        store.promote(**LINE, decision=kept, kind=PromotionKind.FORCED, reason="please")


def test_champion_and_the_one_before_are_never_deleted(store: SqlStore) -> None:
    first, second, third = (version(store, number=number) for number in (1, 2, 3))

    with pytest.raises(Conflict, match="version 3 of digits is the champion"):
        store.delete_versions(**LINE, decisions=[first, third], reason="all")
    with pytest.raises(Conflict, match="version 2 of digits is what a rollback goes back to"):
        store.delete_versions(**LINE, decisions=[first, second], reason="all")

    assert all(decided.gone is None for decided in store.versions(**LINE))
    store.delete_versions(**LINE, decisions=[first], reason="old")
    assert [d.version for d in store.versions(**LINE) if d.gone is None] == [3, 2]
    assert [d.version for d in store.versions(**LINE, standing=True)] == [3, 2]
    assert store.deleted(**LINE) == {1}


def test_a_retired_name_has_no_champion_and_keeps_its_history(store: SqlStore) -> None:
    for number in (1, 2):
        version(store, number=number)

    for _ in range(2):
        store.retire(**LINE, reason="the product is gone")

    assert store.model(**LINE).champion is None
    assert [decided.version for decided in store.versions(**LINE)] == [2, 1]
    assert all(decided.gone is not None for decided in store.versions(**LINE))
    assert [str(move.kind) for move in store.promotions(**LINE)] == ["retired", "promote", "promote"]

    version(store, number=3)  # the name can be used again
    champion = store.model(**LINE).champion
    assert champion is not None and champion.version == 3


def test_a_name_is_not_retired_under_a_running_job_or_before_it_is_registered(store: SqlStore) -> None:
    version(store, number=1)
    lease = claimed(store)
    with pytest.raises(Conflict, match=f"job {lease.job} of digits is running"):
        store.retire(**LINE, reason="now")

    decide(store, lease, Outcome.KEEP, against=store.model(**LINE).champion.id)  # type: ignore[union-attr]
    store.finish(lease, JobState.SUCCEEDED, spent_seconds=1.0)
    with pytest.raises(Conflict, match=f"job {lease.job} of digits is being registered"):
        store.retire(**LINE, reason="now")
    with pytest.raises(NotFound, match="no model called nobody"):
        store.retire(tenant=TENANT, name="nobody", reason="now")


def test_an_ended_job_that_was_swept_is_not_tried_again(store: SqlStore) -> None:
    lease = claimed(store)
    assert not store.sweep(lease.job)
    store.finish(lease, JobState.FAILED, spent_seconds=1.0, failure="it broke")

    assert store.sweep(lease.job)
    swept = store.job(lease.job).swept
    assert swept is not None and store.sweep(lease.job)

    assert store.job(lease.job).swept == swept
    with pytest.raises(Conflict, match=f"the checkpoints of job {lease.job} were let go on 20"):
        store.retry(lease.job)


def test_a_job_that_is_tried_again_is_not_swept(store: SqlStore) -> None:
    lease = claimed(store)
    store.finish(lease, JobState.FAILED, spent_seconds=1.0, failure="it broke")
    store.retry(lease.job)

    assert not store.sweep(lease.job)
    assert store.job(lease.job).swept is None


def forget(store: SqlStore, *samples: str, dataset_name: str | None = None, path: str = "/m.jsonl") -> None:
    store.forget(
        tenant=TENANT, dataset_name=dataset_name, samples=samples, manifests=[path], told={"samples": 1}
    )


def test_forgotten_samples_are_known_by_their_hash_and_have_no_split_any_more(store: SqlStore) -> None:
    lease = claimed(store)
    store.freeze(lease, manifest(), path="/m.jsonl", report=DATA_REPORT)
    with pytest.raises(Conflict, match=f"job {lease.job} is running and may use it"):
        forget(store, "aa")
    store.finish(lease, JobState.FAILED, spent_seconds=1.0, failure="it broke")

    forget(store, "aa")
    forget(store, "aa", "cc", dataset_name="digits")

    assert store.splits(tenant=TENANT, dataset_name="digits") == {"bb": Split.TEST}
    found = store.forgotten(tenant=TENANT, dataset_name="digits")
    assert set(found) == {"aa", "cc"} and abs(found["aa"] - store.now()) < 60
    assert set(store.forgotten(tenant=TENANT, dataset_name="others")) == {"aa"}
    assert store.job(lease.job).swept is not None
    assert [event.data for event in store.events() if event.kind == "forgotten"] == [{"samples": 1}] * 2


def test_nothing_is_forgotten_while_a_job_reads_its_data(store: SqlStore) -> None:
    lease = claimed(store)

    with pytest.raises(Conflict, match=f"job {lease.job} is running and may use it"):
        forget(store, "aa", path="/other.jsonl")

    assert store.forgotten(tenant=TENANT, dataset_name="digits") == {}


def test_a_changed_artifact_has_its_new_digest_and_both_stay_on_record(store: SqlStore) -> None:
    decided = version(store, number=1)

    for _ in range(2):
        store.change_digest(decided, digest="e" * 64, told={"reason": "its example was forgotten"})

    assert store.decided(decided).digest == "e" * 64
    (told,) = (event.data for event in store.events() if event.kind == "forgotten")
    assert (told["before"], told["after"], told["decision"]) == ("d" * 64, "e" * 64, decided)
