"""How long workers wait is read off their turns."""

from pathlib import Path

import pytest

from automl_tl.bench.idle import TimedWorker, Turn, figures, measured
from automl_tl.executors.inline import InlineExecutor
from automl_tl.settings import Settings


def test_gaps_between_turns_are_idle_and_the_end_of_the_search_is_told_apart() -> None:
    turns = {
        "a": [Turn(begun=10.0, ended=11.0), Turn(begun=11.1, ended=12.1), Turn(begun=12.4, ended=14.0)],
        "b": [Turn(begun=10.5, ended=11.5), Turn(begun=11.5, ended=12.5)],
    }

    found = figures(turns)

    assert found["evaluations"] == 5 and found["workers"] == 2
    assert found["idle_percent"] == pytest.approx(100 * 0.4 / 6.0)
    assert found["gap_milliseconds_longest"] == pytest.approx(300.0)
    assert found["seconds_idle_at_the_end"] == pytest.approx(1.5)


def test_turns_of_a_real_search_are_found(tmp_path: Path) -> None:
    executor = InlineExecutor(TimedWorker(seconds=0.02, number=7))

    found = measured(executor, Settings(home=tmp_path, registry="folder"), trials=8)

    executor.close()
    assert found["workers"] == 1 and found["evaluations"] >= 8
    assert 0 < found["idle_percent"] < 100
    assert found["worker_seconds"] >= 8 * 0.02
