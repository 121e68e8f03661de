"""API keys and the audit log, wherever the store is."""

import sqlite3
from pathlib import Path

import pytest

from automl_tl.domain.api_key import ApiKey, Shown, new_key, read_key
from automl_tl.domain.audit import Deed, Wanted
from automl_tl.domain.caller import Role
from automl_tl.errors import NotFound
from automl_tl.store.sql import SqlStore, open_store


def shown() -> Shown:
    found = read_key(new_key())
    assert found is not None
    return found


def add(store: SqlStore, key: Shown, *, tenant: str = "acme", expires: float | None = None) -> ApiKey:
    return store.add_key(key, tenant=tenant, role=Role.VIEWER, label="ci", expires=expires, who="user ana")


def test_key_is_found_by_what_is_shown_and_by_nothing_else(store: SqlStore) -> None:
    key = shown()
    made = add(store, key)

    assert store.key_of(key) == made == store.standing_key(key.id)
    assert store.key_of(Shown(id=key.id, digest=shown().digest)) is None
    assert store.key_of(shown()) is None


def test_revoked_key_opens_nothing_and_stays_listed(store: SqlStore) -> None:
    key, other = shown(), shown()
    add(store, key)
    add(store, other, tenant="globex")
    revoked = store.revoke_key(key.id, who="user ana")

    assert store.key_of(key) is None
    assert store.standing_key(key.id) is None
    assert store.api_keys(tenant="acme") == (revoked,) == (store.revoke_key(key.id, who="user ana"),)
    assert [found.id for found in store.api_keys()] == [key.id, other.id]


def test_key_out_of_date_does_not_count(store: SqlStore) -> None:
    assert not store.has_keys()
    old = shown()
    add(store, old, expires=store.now() - 1)
    assert not store.has_keys()

    add(store, shown(), expires=store.now() + 600)

    assert store.key_of(old) is None
    assert store.has_keys()


def test_unknown_key_cannot_be_revoked(store: SqlStore) -> None:
    with pytest.raises(NotFound, match="there is no key nobody"):
        store.revoke_key("nobody", who="user ana")


def test_log_has_the_newest_deeds_with_how_they_were_answered(store: SqlStore) -> None:
    hold = Deed(tenant="acme", who="key 1 (ci)", action="POST hold", target="digits", address="127.0.0.1")
    first = store.note(hold)
    second = store.note(hold)
    store.note(Deed(tenant="globex", who="key 2 (100%)", action="POST gc", target="all"), status=403)
    store.note_status(first, 409)

    found = store.deeds(Wanted(tenant="acme"))

    assert [(noted.id, noted.deed, noted.status) for noted in found] == [
        (second, hold, None),
        (first, hold, 409),
    ]
    assert [noted.deed.tenant for noted in store.deeds(Wanted(who="100%"))] == ["globex"]
    assert not store.deeds(Wanted(who="1_0%"))
    assert not store.deeds(Wanted(since=store.now() + 1))
    assert len(store.deeds(Wanted(limit=1))) == 1


def test_making_and_revoking_a_key_is_in_the_log(store: SqlStore) -> None:
    key = shown()
    add(store, key)
    store.revoke_key(key.id, who="user ben")

    found = [(noted.deed.who, noted.deed.action) for noted in store.deeds(Wanted(target=key.id))]

    assert found == [("user ben", "keys revoke"), ("user ana", "keys create")]


@pytest.mark.parametrize("statement", ["UPDATE audit SET who = 'nobody'", "DELETE FROM audit"])
def test_database_itself_keeps_the_log(file_store: Path, statement: str) -> None:
    store = open_store(file_store)
    store.note(Deed(tenant="acme", who="key 1", action="POST hold", target="digits"))

    with sqlite3.connect(file_store) as raw, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(statement)

    assert len(store.deeds(Wanted())) == 1
    store.close()
