"""Every store keeps the ledger of the sealed test, the decisions, and who was champion when."""

import pytest
from store_values import DATA_REPORT, PROOF, TENANT, claimed, decide, manifest

from automl_tl.domain.events import EventKind
from automl_tl.domain.gate import Decision, Opening, Outcome
from automl_tl.domain.job import Lease
from automl_tl.domain.promotion import ModelLine, PromotionKind
from automl_tl.errors import Conflict, LeaseLost, NotFound
from automl_tl.store.sql import SqlStore


def opened(store: SqlStore, lease: Lease, samples: str, *, name: str = "digits") -> Opening:
    return store.open_test(lease, tenant=TENANT, name=name, fingerprint="f1", samples=list(samples))


def test_openings_are_counted_by_name_and_a_job_reads_again_under_its_own(store: SqlStore) -> None:
    one, two, other = claimed(store), claimed(store), claimed(store, "letters")

    numbers = [
        opened(store, lease, "ab", name=name).number
        for lease, name in ((one, "digits"), (two, "digits"), (one, "digits"), (other, "letters"))
    ]

    assert numbers == [1, 2, 1, 1]
    assert store.openings(tenant=TENANT, name="digits") == 2
    assert store.openings(tenant=TENANT, name="none") == 0
    told = [e for e in store.events() if e.kind is EventKind.TEST_OPENED]
    assert len(told) == 3


def test_a_test_counts_as_often_read_as_its_most_read_sample(store: SqlStore) -> None:
    leases = [claimed(store) for _ in range(4)]

    readings = [
        opened(store, leases[i], samples).reading for i, samples in enumerate(("ab", "bc", "bc", "d"))
    ]

    assert readings == [1, 2, 3, 1]
    assert opened(store, leases[1], "bc").reading == 2  # the same job again
    assert opened(store, claimed(store, "letters"), "ab", name="letters").reading == 1


def test_decision_is_kept_whole(store: SqlStore) -> None:
    lease = claimed(store)
    assert store.decision(lease.job) is None

    decided = decide(store, lease)

    assert store.decision(lease.job) == store.decided(decided.id) == decided
    assert decided.decision == Decision(outcome=Outcome.PROMOTE, reason="it is better")
    assert (decided.proof, decided.lineage) == (PROOF, {"trial": 0, "retest": 0.97})
    assert (decided.name, decided.job, decided.version) == ("digits", lease.job, None)
    with pytest.raises(NotFound, match="d-none"):
        store.decided("d-none")


def test_job_decides_once(store: SqlStore) -> None:
    lease = claimed(store)
    first = decide(store, lease)
    last = store.last_event()

    again = decide(store, lease, Outcome.KEEP, against="d-other")

    assert again == first
    assert store.last_event() == last
    assert len(store.promotions(tenant=TENANT, name="digits")) == 1


def test_promoted_challenger_is_champion(store: SqlStore) -> None:
    lease = claimed(store)
    assert store.model(tenant=TENANT, name="digits").champion is None

    decided = decide(store, lease)

    assert store.model(tenant=TENANT, name="digits") == ModelLine(
        tenant=TENANT,
        name="digits",
        metric="accuracy",
        champion=decided,
        move=store.promotions(tenant=TENANT, name="digits")[0],
    )
    kinds = [event.kind for event in store.events(job=lease.job)]
    assert kinds[-2:] == [EventKind.DECIDED, EventKind.PROMOTED]
    with pytest.raises(NotFound, match="letters"):
        store.model(tenant=TENANT, name="letters")


@pytest.mark.parametrize("outcome", [Outcome.KEEP, Outcome.REFUSE])
def test_champion_stays_where_nothing_is_promoted(store: SqlStore, outcome: Outcome) -> None:
    champion = decide(store, claimed(store))

    decide(store, claimed(store), outcome, against=champion.id)

    assert store.model(tenant=TENANT, name="digits").champion == champion
    assert len(store.promotions(tenant=TENANT, name="digits")) == 1


def test_challenger_that_beat_a_former_champion_is_proved_again(store: SqlStore) -> None:
    slow, quick = claimed(store), claimed(store)
    champion = decide(store, quick)

    with pytest.raises(Conflict, match=champion.id):
        decide(store, slow, against=None)
    assert store.decision(slow.job) is None

    assert decide(store, slow, against=champion.id).job == slow.job


def test_stale_holder_decides_nothing(store: SqlStore) -> None:
    stale = claimed(store, lease_seconds=0)
    store.claim(holder="other", lease_seconds=60)

    with pytest.raises(LeaseLost):
        decide(store, stale)

    assert store.decision(stale.job) is None


def test_decisions_wait_for_the_registry_unless_refused(store: SqlStore) -> None:
    first = decide(store, claimed(store))
    second = decide(store, claimed(store), Outcome.KEEP, against=first.id)
    decide(store, claimed(store), Outcome.REFUSE, against=first.id)
    assert [d.id for d in store.unregistered()] == [first.id, second.id]

    for _ in range(2):
        store.register(first.id, version=1)

    assert [d.id for d in store.unregistered()] == [second.id]
    assert store.decided(first.id).version == 1
    assert store.promotions(tenant=TENANT, name="digits")[0].version == 1
    with pytest.raises(Conflict, match="version 1"):
        store.register(first.id, version=2)


def test_people_move_the_alias_back_and_forth(store: SqlStore) -> None:
    first = decide(store, claimed(store))
    store.register(first.id, version=1)
    second = decide(store, claimed(store), against=first.id)

    moved = store.promote(
        tenant=TENANT, name="digits", decision=first.id, kind=PromotionKind.ROLLBACK, reason="it was slow"
    )

    champion = store.model(tenant=TENANT, name="digits").champion
    assert champion is not None and champion.id == first.id
    moves = store.promotions(tenant=TENANT, name="digits")
    assert moves[0] == moved
    assert [(m.kind, m.decision) for m in moves] == [
        (PromotionKind.ROLLBACK, first.id),
        (PromotionKind.PROMOTE, second.id),
        (PromotionKind.PROMOTE, first.id),
    ]
    assert (moved.version, moved.reason) == (1, "it was slow")


def test_same_move_twice_is_one_fact(store: SqlStore) -> None:
    decide(store, claimed(store))

    moves = [
        store.promote(
            tenant=TENANT, name="digits", decision=None, kind=PromotionKind.EXTERNAL, reason="by hand"
        )
        for _ in range(2)
    ]

    assert moves[0] == moves[1]
    assert store.model(tenant=TENANT, name="digits").champion is None


def test_alias_of_a_name_cannot_point_to_anothers_decision(store: SqlStore) -> None:
    decided, _ = decide(store, claimed(store)), claimed(store, "letters")

    with pytest.raises(Conflict, match="digits"):
        store.promote(
            tenant=TENANT, name="letters", decision=decided.id, kind=PromotionKind.FORCED, reason="x"
        )
    with pytest.raises(NotFound, match="none"):
        store.promote(tenant=TENANT, name="none", decision=None, kind=PromotionKind.EXTERNAL, reason="x")


def test_versions_and_models_are_listed(store: SqlStore) -> None:
    first = decide(store, claimed(store))
    second = decide(store, claimed(store), Outcome.KEEP, against=first.id)
    claimed(store, "letters")

    assert store.versions(tenant=TENANT, name="digits") == (second, first)
    assert store.versions(tenant=TENANT, name="letters") == ()
    lines = store.models(tenant=TENANT)
    assert [(line.name, line.champion and line.champion.id) for line in lines] == [
        ("digits", first.id),
        ("letters", None),
    ]
    assert store.models() == lines
    assert store.models(tenant="other") == ()


def test_an_evaluation_of_sealed_samples_is_an_opening_that_later_proofs_pay_for(store: SqlStore) -> None:
    line = {"tenant": TENANT, "name": "digits"}
    before = opened(store, claimed(store), "ab")

    one = store.open_for_evaluation(**line, digest="d1", samples=["b", "c"])
    again = store.open_for_evaluation(**line, digest="d1", samples=["c", "b"])
    other = store.open_for_evaluation(**line, digest="d2", samples=["c"])
    after = opened(store, claimed(store), "abc")

    assert before == Opening(number=1, reading=1)
    assert one == again == Opening(number=2, reading=2)
    assert other == Opening(number=3, reading=2)
    assert after == Opening(number=4, reading=3)
    assert store.openings(**line) == 4
    assert len([e for e in store.events() if e.kind is EventKind.TEST_OPENED]) == 4
    with pytest.raises(NotFound, match="letters"):
        store.open_for_evaluation(tenant=TENANT, name="letters", digest="d1", samples=["a"])


def test_the_tests_of_a_names_datasets_are_sealed_for_it(store: SqlStore) -> None:
    store.freeze(claimed(store), manifest(), path="/m", report=DATA_REPORT)  # aa: train, bb: test
    claimed(store, "letters")

    assert store.sealed(tenant=TENANT, name="digits", samples=["aa", "bb", "cc"]) == {"bb"}
    assert store.sealed(tenant=TENANT, name="letters", samples=["bb"]) == frozenset()
