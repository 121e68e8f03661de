"""Of several reconcilers that look at one alias, one moves it or takes down who did."""

import pytest
from store_values import TENANT, claimed, decide

from automl_tl.domain.events import EventKind
from automl_tl.domain.projection import Projection
from automl_tl.domain.promotion import PromotionKind
from automl_tl.errors import Conflict, NotFound
from automl_tl.store.sql import SqlStore

LINE = {"tenant": TENANT, "name": "digits"}


def test_a_projection_is_remembered_and_follows_its_revision(store: SqlStore) -> None:
    claimed(store)
    assert store.projection(**LINE) is None

    begun = store.project(**LINE, stands=None, wanted=1, revision=0)
    ended = store.project(**LINE, stands=1, wanted=1, revision=begun.revision)

    assert (begun, ended) == (
        Projection(stands=None, wanted=1, revision=1),
        Projection(stands=1, wanted=1, revision=2),
    )
    assert store.projection(**LINE) == ended
    with pytest.raises(NotFound, match="letters"):
        store.project(tenant=TENANT, name="letters", stands=None, wanted=1, revision=0)


def test_who_looked_before_another_moved_the_alias_writes_nothing(store: SqlStore) -> None:
    claimed(store)
    store.project(**LINE, stands=None, wanted=1, revision=0)

    with pytest.raises(Conflict, match="another process moved the alias of digits"):
        store.project(**LINE, stands=None, wanted=2, revision=0)
    with pytest.raises(Conflict, match="another process moved the alias of digits"):
        by_hand(store, version=7, revision=0)

    assert store.projection(**LINE) == Projection(stands=None, wanted=1, revision=1)
    assert store.promotions(**LINE) == ()


def test_a_move_by_hand_is_a_promotion_and_the_new_projection(store: SqlStore) -> None:
    decided = decide(store, claimed(store))
    store.register(decided.id, version=1)

    moved = by_hand(store, version=7, revision=0, hold="who knows what that is")

    assert (moved.kind, moved.version, moved.decision) == (PromotionKind.EXTERNAL, 7, None)
    line = store.model(**LINE)
    assert (line.champion, line.held, line.move) == (None, "who knows what that is", moved)
    assert store.projection(**LINE) == Projection(stands=7, wanted=7, revision=1)
    told = [event.kind for event in store.events()][-2:]
    assert told == [EventKind.PROMOTED, EventKind.HELD]

    back = by_hand(store, version=1, revision=1, decision=decided.id, hold="too late: it is held")

    assert store.model(**LINE).champion == store.decided(decided.id)
    assert store.model(**LINE).held == "who knows what that is"
    assert store.promotions(**LINE)[:2] == (back, moved)


def test_a_version_is_gone_since_it_was_first_missed(store: SqlStore) -> None:
    decided = decide(store, claimed(store))
    assert decided.gone is None

    store.mark_gone([decided.id])
    first = store.decided(decided.id).gone
    store.mark_gone([decided.id])

    assert first is not None
    assert store.decided(decided.id).gone == first


def by_hand(
    store: SqlStore, *, version: int, revision: int, decision: str | None = None, hold: str | None = None
) -> object:
    return store.moved_by_hand(
        **LINE, version=version, decision=decision, reason="moved", hold=hold, revision=revision
    )
