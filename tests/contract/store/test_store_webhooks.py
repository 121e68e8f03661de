"""Webhooks and their outbox, wherever the store is."""

import pytest

from automl_tl.domain.events import EventKind
from automl_tl.domain.webhook import PAUSES, Notice, Occasion, new_secret
from automl_tl.errors import NotFound
from automl_tl.store.sql import SqlStore


def added(store: SqlStore, *, tenant: str = "acme") -> str:
    made = store.add_webhook(
        tenant=tenant, url="http://127.0.0.1:9/x", occasions=[Occasion.DECIDED], secret=new_secret()
    )
    return made.id


def test_webhook_begins_after_what_has_happened(store: SqlStore) -> None:
    store.append(EventKind.HELD, tenant="acme", job=None, data={})
    id = added(store)
    added(store, tenant="globex")

    (found,) = store.webhooks(tenant="acme")

    assert (found.id, found.seen, found.occasions) == (id, store.last_event(), (Occasion.DECIDED,))
    assert len(store.webhooks()) == 2


def test_notice_is_kept_once_and_taken_by_one(store: SqlStore) -> None:
    notice = Notice(webhook=added(store), event=7, body='{"é": 1}')
    store.put_out([notice], seen=7)
    store.put_out([notice], seen=7)

    first = store.take_deliveries(most=5, lease_seconds=60.0)
    second = store.take_deliveries(most=5, lease_seconds=60.0)

    assert [(d.event, d.body, d.attempts, d.webhook.id) for d in first] == [
        (7, notice.body, 1, notice.webhook)
    ]
    assert second == ()
    assert store.webhooks()[0].seen == 7


def test_taker_that_dies_leaves_the_notice_to_the_next(store: SqlStore) -> None:
    store.put_out([Notice(webhook=added(store), event=7, body="{}")], seen=7)
    store.take_deliveries(most=1, lease_seconds=-1.0)

    (again,) = store.take_deliveries(most=1, lease_seconds=60.0)

    assert again.attempts == 2


def test_failed_delivery_comes_back_after_its_pause_until_it_is_given_up(store: SqlStore) -> None:
    id = added(store)
    store.put_out([Notice(webhook=id, event=7, body="{}")], seen=7)
    pauses = []
    for _ in range(len(PAUSES) + 1):
        (taken,) = store.take_deliveries(most=1, lease_seconds=60.0)
        pauses.append(taken.pause_seconds)
        pause = None if taken.pause_seconds is None else -1.0
        store.end_delivery(taken.id, failure="it answered 503", pause_seconds=pause)

    assert pauses == [*PAUSES, None]
    assert store.take_deliveries(most=1, lease_seconds=60.0) == ()
    (sent,) = store.sent(id)
    assert (sent.attempts, sent.due, sent.delivered, sent.failure) == (9, None, None, "it answered 503")


def test_delivered_notice_is_not_taken_again(store: SqlStore) -> None:
    id = added(store)
    store.put_out([Notice(webhook=id, event=7, body="{}")], seen=7)
    (taken,) = store.take_deliveries(most=1, lease_seconds=-1.0)
    store.end_delivery(taken.id, failure=None)

    assert store.take_deliveries(most=1, lease_seconds=60.0) == ()
    assert store.sent(id)[0].delivered is not None


def test_removed_webhook_is_told_nothing_more(store: SqlStore) -> None:
    id = added(store)
    store.put_out([Notice(webhook=id, event=7, body="{}")], seen=7)
    with pytest.raises(NotFound):
        store.remove_webhook(id, tenant="globex")
    store.remove_webhook(id, tenant="acme")

    assert store.webhooks() == ()
    assert store.take_deliveries(most=1, lease_seconds=60.0) == ()
    assert store.sent(id)[0].failure == "the webhook was removed"
