"""Killed at any write between decision and alias: one promotion, one version, the alias right in the end."""

from dataclasses import replace
from itertools import count

import pytest
from decided_line import Line
from mortal import STORE_WRITES, Killed, Lives, Mortal, mortal_registry

from automl_tl.domain.gate import Outcome
from automl_tl.domain.job import DEFAULT_TENANT
from automl_tl.domain.promotion import PromotionKind
from automl_tl.errors import RegistryUnavailable

SERVER = [pytest.mark.slow, pytest.mark.xdist_group("mlflow-server")]
KINDS = ("folder", "mlflow", pytest.param("server", marks=SERVER))
pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.parametrize("registry", KINDS, indirect=True, scope="module"),
]


def die(line: Line, *, life: int, after: bool) -> bool:
    """Decide and reconcile until the process dies; whether it did."""
    lives = Lives(life, after=after)
    mortal = replace(line, store=Mortal(line.store, lives, writes=STORE_WRITES))
    lease = line.lease()
    try:
        with mortal_registry(line.registry, lives):
            mortal.decide_only(lease, Outcome.PROMOTE)
            mortal.reconcile()
    except Killed:
        return True
    finally:
        line.decide("promote", lease=lease)  # as the job does when it is taken up again
    return False


def reconciled_until_death(line: Line, lives: Lives) -> bool:
    """Reconcile as far as the process lives; whether it died."""
    try:
        with mortal_registry(line.registry, lives):
            replace(line, store=Mortal(line.store, lives, writes=STORE_WRITES)).reconcile()
    except Killed:
        return True
    return False


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_promotion_killed_at_any_write_is_made_once(line: Line, after: bool) -> None:
    kills = 0
    for life in count():
        killed = die(line, life=life, after=after)

        line.reconcile()

        version = life + 1
        assert line.moves() == [("promote", number + 1) for number in range(version)]
        assert [found.number for found in line.registry.versions(line.name)] == list(range(version, 0, -1))
        assert line.aliases() == {
            "champion": version,
            "challenger": version,
            "previous": version - 1 or None,
        }
        assert line.champion() == version
        assert line.reconcile() == 0
        if not killed:
            break
        kills += 1
    assert kills >= 8


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_rollback_killed_at_any_write_is_no_move_by_hand(line: Line, after: bool) -> None:
    line.decide("promote")
    line.decide("promote")
    line.reconcile()
    kinds = ["promote", "promote"]

    for life in count():
        lives = Lives(life, after=after)
        line.steering.rollback(line.name, reason=f"try {life}")
        kinds.append("rollback")
        killed = reconciled_until_death(line, lives)
        line.reconcile()

        assert [kind for kind, _ in line.moves()] == kinds
        assert line.aliases()["champion"] == line.champion() == line.moves()[-1][1]
        if not killed:
            break
    assert len(kinds) >= 6


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_move_by_hand_is_recorded_once_wherever_that_was_killed(line: Line, after: bool) -> None:
    line.decide("promote")
    line.decide("promote")
    line.reconcile()

    for life in count():
        hand = 1 if line.champion() == 2 else 2
        line.registry.point(line.name, alias="champion", version=hand)
        lives = Lives(life, after=after)
        killed = reconciled_until_death(line, lives)
        line.reconcile()

        assert len(line.moves()) == 3 + life
        assert line.moves()[-1] == ("external", hand)
        assert line.aliases() == {"champion": hand, "challenger": 2, "previous": 3 - hand}
        if not killed:
            break


def test_a_name_whose_moves_come_before_the_reconciler_is_not_moved_by_hand(line: Line) -> None:
    """Decisions and rollbacks outrun the registry while it is down; none of them is a stranger's."""
    for _ in range(3):
        line.decide("promote")
    line.reconcile()
    line.steering.promote(line.name, version=1, reason="legal asked")
    lives = Lives(2, after=True)  # the alias is moved, and nobody noted it
    assert reconciled_until_death(line, lives)
    line.store.promote(
        tenant=DEFAULT_TENANT,
        name=line.name,
        decision=line.store.promotions(tenant=DEFAULT_TENANT, name=line.name)[2].decision,
        kind=PromotionKind.ROLLBACK,
        reason="at once",
    )

    line.reconcile()

    assert [kind for kind, _ in line.moves()] == ["promote"] * 3 + ["forced", "rollback"]
    assert line.aliases()["champion"] == line.moves()[-1][1] == 2


def test_a_registry_that_is_down_is_caught_up_with(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    first = line.decide("promote")

    def down(*arguments: object, **named: object) -> int:
        raise RegistryUnavailable("it is down")

    with monkeypatch.context() as patch:
        patch.setattr(line.registry, "point", down)
        with pytest.raises(RegistryUnavailable):
            line.reconcile()
    line.decide("keep")
    line.reconcile()

    assert line.store.decided(first.id).version == 1
    assert line.moves() == [("promote", 1)]
    assert line.aliases() == {"champion": 1, "challenger": 2, "previous": None}
