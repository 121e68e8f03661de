from pathlib import Path
from typing import Any

import pytest

from automl_tl.bench import end_to_end
from automl_tl.bench.end_to_end import Contender, Course, run, summary
from automl_tl.settings import Settings


def record(contender: str, *points: tuple[float, float], seed: int = 0) -> dict[str, Any]:
    curve = [list(point) for point in points]
    return {"dataset": "d", "seed": seed, "contender": contender, "best_so_far": curve}


def test_arriving_is_coming_within_half_a_point_of_the_best_of_all() -> None:
    records = [
        record("funnel", (10, 0.80), (20, 0.896)),
        record("tune", (15, 0.70), (80, 0.90)),
        record("slow", (50, 0.60)),
    ]

    found = summary(records, cap=100)["contenders"]

    assert found["funnel"]["median_seconds"] == 20  # 0.896 is within 0.005 of 0.90
    assert found["tune"]["speed_up"] == pytest.approx(4)
    assert found["slow"]["arrived"] == 0 and found["slow"]["speed_up"] == pytest.approx(5)
    assert [found[name]["best_mean"] for name in ("funnel", "tune", "slow")] == [0.896, 0.9, 0.6]


def test_speed_ups_are_geometric_means_over_the_races_that_both_ran() -> None:
    records = [
        *(record("funnel", (10, 0.9), seed=seed) for seed in range(3)),
        record("tune", (20, 0.9), seed=0),
        record("tune", (80, 0.9), seed=1),
    ]

    found = summary(records, cap=100)["contenders"]["tune"]

    assert found["speed_up"] == pytest.approx(4)
    low, high = found["interval"]
    assert low == pytest.approx(2) and high == pytest.approx(8)


@pytest.mark.parametrize(
    ("kind", "data", "is_over"),
    [
        ("trial reported", {"value": 0.994}, False),
        ("trial reported", {"value": 0.996}, True),  # nobody can be half a point better
        ("phase entered", {"phase": "search"}, False),
        ("phase entered", {"phase": "prove"}, True),
    ],
)
def test_a_job_ends_when_nothing_could_change_the_race(
    kind: str, data: dict[str, Any], is_over: bool
) -> None:
    assert end_to_end._is_over({"kind": kind, "data": data}) is is_over


def test_a_contender_differs_by_settings_and_by_lines_of_its_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: dict[str, Any] = {}

    def run_here(submission: dict[str, Any], settings: Settings, **_: object) -> dict[str, Any]:
        told.update(submission=submission, settings=settings)
        return {"best_so_far": [(3.0, 0.5)], "state": "cancelled"}

    monkeypatch.setattr(end_to_end, "run_here", run_here)
    plain = Contender(name="plain", settings={"works_per_worker": 1}, space={"head_start": "false"})
    course = Course(
        datasets=(tmp_path,),
        space="[space]\nname = 's'",
        root=tmp_path,
        seeds=(0,),
        cap=60,
        contenders=(plain,),
    )

    run(course, notes=tmp_path / "notes.jsonl")

    assert told["settings"].works_per_worker == 1
    assert told["submission"]["space"].splitlines() == [
        "[space]",
        'freeze_depth = "every"',
        "head_start = false",
        "name = 's'",
    ]


def test_what_was_measured_is_not_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[str, int]] = []

    def job(course: Course, contender: Contender, *, dataset: Path, seed: int) -> dict[str, Any]:
        ran.append((contender.name, seed))
        if len(ran) == 3:
            raise KeyboardInterrupt
        return record(contender.name, (5, 0.5), seed=seed) | {"dataset": dataset.name}

    monkeypatch.setattr(end_to_end, "_job", job)
    contenders = (Contender(name="funnel", options={}), Contender(name="tune", options={}))
    course = Course(
        datasets=(tmp_path / "d",), space="", root=tmp_path, seeds=(2, 3), cap=60, contenders=contenders
    )
    with pytest.raises(KeyboardInterrupt):
        run(course, notes=tmp_path / "notes.jsonl")

    found = run(course, notes=tmp_path / "notes.jsonl")

    assert ran == [("funnel", 2), ("tune", 2), ("funnel", 3), ("funnel", 3), ("tune", 3)]
    assert found["races"] == 2
