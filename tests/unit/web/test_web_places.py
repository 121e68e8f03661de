"""Places of a short queue are those of this moment; a very long one is not played through at every look."""

import played_job
import pytest

from automl_tl.domain.job import Job
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.web import places
from automl_tl.web.places import Places


def add(store: Store) -> Job:
    return store.add_job(played_job.request("digits"), tenant="default")


def test_a_short_queue_is_told_as_it_is(store: Store, settings: Settings) -> None:
    found = Places(store, settings)
    first = add(store)
    assert found.of([first])[first.id].position == 1

    second = add(store)

    assert found.of([second])[second.id].position == 2


def test_a_long_queue_is_told_as_it_was_a_moment_ago(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "_LONG_SECONDS", 0.0)
    monkeypatch.setattr(places, "_KEPT", 10**9)
    found = Places(store, settings)
    first = add(store)
    found.of([first])

    second = add(store)

    assert set(found.of([second])) == {first.id}
    assert set(found.of([second], most=9)) == {first.id, second.id}
