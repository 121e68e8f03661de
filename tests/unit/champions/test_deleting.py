"""A person deletes versions; what is in use stays."""

from pathlib import Path

import pytest
from numbers_home import LINE, NAME, NumbersHome

from automl_tl.champions.deleting import delete_name, delete_version
from automl_tl.champions.following import follow
from automl_tl.champions.reconciler import reconcile
from automl_tl.champions.steering import Steering
from automl_tl.domain.job import DEFAULT_TENANT
from automl_tl.errors import Conflict, NotFound
from automl_tl.settings import Settings
from automl_tl.store.base import Store


@pytest.fixture
def home(store: Store, settings: Settings) -> NumbersHome:
    home = NumbersHome(store=store, settings=settings)
    for _ in range(3):
        home.run()
    return home


def delete(home: NumbersHome, version: int, *, reason: str = "a mistake") -> None:
    delete_version(home.store, home.registry, **LINE, version=version, reason=reason)


def test_a_deleted_version_is_gone_from_registry_and_disk_and_stays_on_record(home: NumbersHome) -> None:
    artifact = Path(home.store.versions(**LINE)[1].artifact)

    delete(home, 2)

    assert [version.number for version in home.registry.versions(NAME)] == [3, 1]
    assert not artifact.exists()
    assert [(d.version, d.gone_why) for d in home.store.versions(**LINE)] == [
        (3, None),
        (2, "a mistake"),
        (1, None),
    ]
    with pytest.raises(Conflict, match=r"version 2 of numbers was deleted on .*: a mistake"):
        delete(home, 2)
    with pytest.raises(NotFound, match="numbers has no version 7: expected one of 1, 3"):
        delete(home, 7)


def test_what_an_alias_names_is_not_deleted(home: NumbersHome) -> None:
    home.registry.point(NAME, alias="phones", version=2)

    for version, alias in ((1, "champion"), (2, "phones"), (3, "challenger")):
        with pytest.raises(Conflict, match=f"version {version} of numbers is its {alias}"):
            delete(home, version)

    assert home.standing() == [3, 2, 1]


def test_a_deletion_that_was_killed_is_finished_by_the_reconciler(home: NumbersHome) -> None:
    decided = home.store.versions(**LINE)[1]
    home.store.delete_versions(**LINE, decisions=[decided.id], reason="a mistake")

    assert reconcile(home.store, home.registry) == 1

    assert [version.number for version in home.registry.versions(NAME)] == [3, 1]
    assert reconcile(home.store, home.registry) == 0


def test_an_alias_that_came_in_between_keeps_the_bytes_until_it_is_moved(home: NumbersHome) -> None:
    decided, line = home.store.versions(**LINE)[1], home.store.model(**LINE)
    home.store.delete_versions(**LINE, decisions=[decided.id], reason="a mistake")
    home.registry.point(NAME, alias="phones", version=2)

    assert follow(home.store, home.registry, line) == 0
    home.registry.point(NAME, alias="phones", version=None)
    assert follow(home.store, home.registry, line) == 1


def test_a_whole_name_is_deleted_with_its_champion_and_can_begin_anew(home: NumbersHome) -> None:
    delete_name(home.store, home.registry, **LINE, reason="the product is gone")

    assert home.registry.versions(NAME) == ()
    assert home.registry.alias(NAME, "champion") is None
    assert home.store.model(**LINE).champion is None
    assert not any(Path(decided.artifact).exists() for decided in home.store.versions(**LINE))
    steering = Steering(home.store, tenant=DEFAULT_TENANT, try_out=lambda name, version: None)
    with pytest.raises(Conflict, match="nothing to roll back to"):
        steering.rollback(NAME, reason="please")
    with pytest.raises(Conflict, match="numbers has no version to delete"):
        delete_name(home.store, home.registry, **LINE, reason="again")

    home.run()

    assert home.registry.alias(NAME, "champion") == 4


def test_a_whole_name_stays_while_somebody_elses_alias_names_a_version(home: NumbersHome) -> None:
    home.registry.point(NAME, alias="phones", version=2)

    with pytest.raises(Conflict, match="the alias phones of numbers names version 2: take it away first"):
        delete_name(home.store, home.registry, **LINE, reason="the product is gone")

    assert home.standing() == [3, 2, 1]
