"""A boundary is kept where this home's figures say that reading it is cheaper than computing it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from automl_tl.domain.candidate import Candidate
from automl_tl.domain.trial import Report
from automl_tl.domain.work import Evaluate
from automl_tl.training.opening import Opened, open_pretrained
from automl_tl.training.plan import Plan, Room, passes_key, plan
from automl_tl.training.speeds import Reading, Speeds
from automl_tl.training.way import Varied, Way
from automl_tl.zoo.base import Zoo

SAMPLES = 1000
Run = Callable[..., Report]
Build = Callable[..., Evaluate]


class Told(Speeds):
    """Speeds that are given, in place of measured ones."""

    def reading(self) -> Reading:
        return Reading(resident=1e9, cold=1e9)


@pytest.fixture
def opened(zoo: Zoo) -> Opened:
    return open_pretrained(zoo, Candidate(id="test_efficientnet", source="embedded:test_efficientnet"))


@pytest.fixture
def speeds(opened: Opened, tmp_path: Path) -> Speeds:
    found = Told(tmp_path / "speeds")
    found.tell(passes_key(opened), seconds_a_picture=1e-3)
    return found


def _planned(opened: Opened, speeds: Speeds, *, limit_bytes: int = 10**9, **values: object) -> Plan:
    room = Room(cache=None, limit_bytes=limit_bytes, speeds=speeds, **values)  # type: ignore[arg-type]
    return plan(opened=opened, depth=4, augmentation=0.0, samples=SAMPLES, room=room)


def _bytes(opened: Opened, depth: int) -> int:
    halves = opened.halves(depth)
    assert halves is not None
    return SAMPLES * halves.bytes_per_sample


def test_what_pays_is_kept_and_the_figures_are_told(opened: Opened, speeds: Speeds) -> None:
    found = _planned(opened, speeds)

    assert (found.way, found.kept) == (Way.FROM_BOUNDARY, 4)
    megabytes = _bytes(opened, 4) / 1e6
    assert found.told == f"kept behind stage 4: {megabytes:.0f} MB at 1.0 GB/s against 1.0 s of passes"


def test_half_precision_takes_half_the_bytes_and_is_told(opened: Opened, speeds: Speeds) -> None:
    limit = _bytes(opened, 4) - 1

    assert _planned(opened, speeds, limit_bytes=limit).kept != 4
    halved = _planned(opened, speeds, limit_bytes=limit, floats=np.float16)
    assert halved.kept == 4
    assert halved.told.startswith("kept in float16 behind stage 4")


def test_what_takes_longer_to_read_than_to_compute_is_not_kept(opened: Opened, tmp_path: Path) -> None:
    fast = Told(tmp_path / "fast")
    fast.tell(passes_key(opened), seconds_a_picture=1e-9)

    found = _planned(opened, fast)

    assert (found.way, found.kept) == (Way.FROM_BOUNDARY, None)
    assert "computed for each batch" in found.told


def test_an_earlier_boundary_is_kept_where_its_own_does_not_fit(opened: Opened, speeds: Speeds) -> None:
    sizes = {depth: _bytes(opened, depth) for depth in range(1, 5)}
    own = sizes.pop(4)
    smaller = [depth for depth, size in sizes.items() if size < own]

    found = _planned(opened, speeds, limit_bytes=own - 1)

    assert found.kept == (max(smaller) if smaller else None)


@pytest.mark.parametrize("net", ["test_resnet", "test_efficientnet"])
def test_frozen_stages_behind_an_earlier_boundary_change_no_loss(
    run: Run, work: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, net: str
) -> None:
    own = run(work(net, freeze_depth=3, until_epoch=3, into=str(tmp_path / "own")))

    def earlier(**facts: object) -> Plan:
        return Plan(way=Way.FROM_BOUNDARY, varied=Varied.NOTHING, kept=2, told="")

    monkeypatch.setattr("automl_tl.training.preparation.plan", earlier)
    moved = run(work(net, freeze_depth=3, until_epoch=3, into=str(tmp_path / "earlier")))

    assert moved.loss == pytest.approx(own.loss, abs=1e-4)
    assert moved.value == own.value


def test_a_home_keeps_the_figures_that_it_measured_first(tmp_path: Path) -> None:
    measured = Speeds(tmp_path).reading()
    Speeds(tmp_path).tell("net", seconds_a_picture=0.5)
    Speeds(tmp_path).tell("net", seconds_a_picture=0.7)

    assert measured.resident >= measured.cold > 0
    assert Speeds(tmp_path).reading() == measured
    assert Speeds(tmp_path).seconds_a_picture("net") == 0.5
    assert {path.name for path in tmp_path.iterdir()} == {"net.json", "reading.json"}


def test_damaged_figures_are_measured_again(tmp_path: Path) -> None:
    (tmp_path / "net.json").write_text('{"seconds_a_picture": -1}')

    Speeds(tmp_path).tell("net", seconds_a_picture=0.5)

    assert Speeds(tmp_path).seconds_a_picture("net") == 0.5


def test_a_folder_that_takes_no_file_gives_usual_figures(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    speeds = Speeds(tmp_path / "file")
    speeds.tell("net", seconds_a_picture=0.5)

    assert speeds.reading().resident > 0
    assert speeds.seconds_a_picture("net") is None


def test_much_is_read_as_from_the_disk() -> None:
    reading = Reading(resident=4.0, cold=1.0)

    assert reading.of(49, memory_bytes=100) == 4.0
    assert reading.of(51, memory_bytes=100) == 1.0
