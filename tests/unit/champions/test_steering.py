"""What a person does to a name is tried out first, and written down."""

from typing import Any

import played_job
import pytest

from automl_tl.champions.steering import Steering
from automl_tl.domain.job import DEFAULT_TENANT
from automl_tl.errors import Conflict, NotFound, OperatorError
from automl_tl.store.base import Store

LINE: dict[str, Any] = {"tenant": DEFAULT_TENANT, "name": "digits"}


@pytest.fixture
def tried() -> list[tuple[str, int]]:
    return []


@pytest.fixture
def steering(store: Store, tried: list[tuple[str, int]]) -> Steering:
    return Steering(store, tenant=DEFAULT_TENANT, try_out=lambda name, version: tried.append((name, version)))


@pytest.fixture
def two_versions(store: Store) -> None:
    played_job.play_job(store, version=1)
    played_job.play_job(store, version=2)


def moves(store: Store) -> list[tuple[str, int | None]]:
    return [(str(move.kind), move.version) for move in store.promotions(**LINE)]


@pytest.mark.usefixtures("two_versions")
def test_a_rollback_gives_the_name_back_to_the_champion_before_and_holds_it(
    store: Store, steering: Steering, tried: list[tuple[str, int]]
) -> None:
    steering.rollback("digits", reason="it was slow")

    line = store.model(**LINE)
    assert line.champion is not None and line.champion.version == 1
    assert line.held == "rolled back: it was slow"
    assert moves(store) == [("rollback", 1), ("promote", 2), ("promote", 1)]
    assert tried == [("digits", 1)]

    steering.unhold("digits")
    steering.rollback("digits", reason="it was not")  # and back again

    champion = store.model(**LINE).champion
    assert champion is not None and champion.version == 2


@pytest.mark.usefixtures("two_versions")
def test_a_version_that_cannot_be_loaded_is_not_moved_to(store: Store) -> None:
    def try_out(name: str, version: int) -> None:
        raise OperatorError(f"version {version} of {name} cannot be served: model.safetensors is damaged")

    steering = Steering(store, tenant=DEFAULT_TENANT, try_out=try_out)

    with pytest.raises(OperatorError, match="version 1 of digits cannot be served"):
        steering.rollback("digits", reason="it was slow")
    assert moves(store) == [("promote", 2), ("promote", 1)]
    assert store.model(**LINE).held is None


@pytest.mark.usefixtures("two_versions")
def test_a_person_can_force_a_version_with_a_reason(store: Store, steering: Steering) -> None:
    steering.promote("digits", version=1, reason="legal asked for it")

    last = store.promotions(**LINE)[0]
    assert (str(last.kind), last.version, last.reason) == ("forced", 1, "legal asked for it")
    with pytest.raises(Conflict, match="version 1 is the champion of digits already"):
        steering.promote("digits", version=1, reason="again")
    with pytest.raises(NotFound, match="digits has no version 7: expected one of 1, 2"):
        steering.promote("digits", version=7, reason="none")


def test_without_a_champion_before_there_is_nothing_to_roll_back_to(store: Store, steering: Steering) -> None:
    with pytest.raises(NotFound, match="there is no model called digits"):
        steering.rollback("digits", reason="why not")

    played_job.play_job(store)

    with pytest.raises(Conflict, match="nothing to roll back to"):
        steering.rollback("digits", reason="why not")


@pytest.mark.usefixtures("two_versions")
def test_a_hold_lasts_until_it_is_lifted(store: Store, steering: Steering) -> None:
    steering.hold("digits", reason="audit")
    steering.hold("digits", reason="audit")

    assert store.model(**LINE).held == "audit"
    steering.unhold("digits")
    assert store.model(**LINE).held is None
    told = [str(event.kind) for event in store.events() if "held" in event.kind]
    assert told == ["held", "unheld"]
