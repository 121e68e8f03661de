"""An artifact that is edited between decision and registration is promoted nowhere."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from decided_line import Line


@pytest.fixture
def edited(line: Line, tmp_path: Path) -> Line:
    """The same name, with an artifact of its own that may be edited."""
    own = tmp_path / "own"
    shutil.copytree(line.artifact, own)
    return replace(line, artifact=own)


def test_the_champion_before_stands_again(line: Line, edited: Line) -> None:
    line.decide("promote")
    line.reconcile()
    edited.decide("promote")
    (edited.artifact / "model.safetensors").write_bytes(b"other")

    line.reconcile()

    assert line.aliases() == {"champion": 1, "challenger": 1, "previous": None}
    assert line.champion() == 1
    assert line.moves() == [("promote", 1), ("promote", None), ("rollback", 1)]
    assert line.held() is None
    assert line.store.unregistered() == () and line.reconcile() == 0


def test_a_later_promotion_is_not_held_up(line: Line, edited: Line) -> None:
    edited.decide("promote")
    (edited.artifact / "model.json").unlink()

    line.reconcile()
    line.decide("promote")
    line.reconcile()

    assert line.aliases() == {"champion": 1, "challenger": 1, "previous": None}


def test_a_kept_challenger_becomes_no_version(line: Line, edited: Line) -> None:
    line.decide("promote")
    kept = edited.decide("keep")
    (edited.artifact / "model.json").write_text("{}")

    line.reconcile()

    assert [version.number for version in line.registry.versions(line.name)] == [1]
    assert line.moves() == [("promote", 1)]
    assert "is not registered, for it was changed" in str(line.store.decided(kept.id).gone_why)
