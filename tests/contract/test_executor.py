"""What every executor does: results, errors and losses come back through the future."""

from collections.abc import Iterator
from concurrent.futures import wait
from pathlib import Path

import pytest
from obedient_worker import ObedientWorker, order, start_obedient
from patience import WAIT_SECONDS, until

from automl_tl.errors import Diverged, WorkerLost
from automl_tl.executors.base import Executor
from automl_tl.executors.inline import InlineExecutor
from automl_tl.settings import Settings


@pytest.fixture(scope="module")
def ray(ray_home: Settings) -> Iterator[Executor]:
    executor = start_obedient(ray_home)
    yield executor
    executor.close()


@pytest.fixture(
    params=[
        "thread",
        "caller",
        pytest.param("ray", marks=[pytest.mark.slow, pytest.mark.xdist_group("ray")]),
    ]
)
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    if request.param == "ray":
        yield request.getfixturevalue("ray")
        return
    executor = InlineExecutor(ObedientWorker(), threads=int(request.param == "thread"))
    yield executor
    executor.close()


def test_result_comes_back(executor: Executor) -> None:
    result = executor.submit(order("echo this")).result(WAIT_SECONDS)

    assert result.checkpoint == "echo this"


def test_every_work_is_done_once_however_many_wait(executor: Executor) -> None:
    futures = [executor.submit(order(f"echo {i}")) for i in range(20)]

    assert [f.result(WAIT_SECONDS).checkpoint for f in futures] == [f"echo {i}" for i in range(20)]


def test_own_error_comes_back_as_itself(executor: Executor) -> None:
    future = executor.submit(order("diverge loss was nan after 3 steps"))

    with pytest.raises(Diverged) as caught:
        future.result(WAIT_SECONDS)

    assert type(caught.value) is Diverged
    assert caught.value.detail == "loss was nan after 3 steps"


def test_foreign_error_comes_back_as_itself_and_the_worker_goes_on(executor: Executor) -> None:
    future = executor.submit(order("stumble over nothing"))

    with pytest.raises(ZeroDivisionError, match="over nothing"):
        future.result(WAIT_SECONDS)

    assert executor.submit(order("echo on")).result(WAIT_SECONDS).checkpoint == "echo on"


def test_killed_work_is_lost_and_the_next_one_runs(executor: Executor, tmp_path: Path) -> None:
    if isinstance(executor, InlineExecutor) and executor.runs_in_caller:
        pytest.skip("submit returns when the work is over")
    future = executor.submit(order(f"await {tmp_path}/over"))

    executor.kill(future)

    with pytest.raises(WorkerLost):
        future.result(WAIT_SECONDS)
    (tmp_path / "over").touch()  # a thread cannot be ended
    assert executor.submit(order("echo on")).result(WAIT_SECONDS).checkpoint == "echo on"


def test_killed_work_tells_where_it_was(executor: Executor, tmp_path: Path) -> None:
    if isinstance(executor, InlineExecutor) and executor.runs_in_caller:
        pytest.skip("submit returns when the work is over")
    future = executor.submit(order(f"await {tmp_path}/over", progress=str(tmp_path / "progress" / "work")))
    until((tmp_path / "over.begun").exists)

    executor.kill(future)

    lost = future.exception(WAIT_SECONDS)
    assert isinstance(lost, WorkerLost)
    assert "obedient_worker.py" in "".join(lost.__notes__)
    (tmp_path / "over").touch()


def test_killing_what_is_over_harms_nothing(executor: Executor) -> None:
    future = executor.submit(order("echo done"))
    future.result(WAIT_SECONDS)

    executor.kill(future)

    assert future.result().checkpoint == "echo done"
    assert executor.submit(order("echo on")).result(WAIT_SECONDS).checkpoint == "echo on"


def test_works_wait_for_a_slot(executor: Executor, tmp_path: Path) -> None:
    if isinstance(executor, InlineExecutor) and executor.runs_in_caller:
        pytest.skip("submit returns when the work is over")
    busy = [executor.submit(order(f"await {tmp_path}/over")) for _ in range(executor.slots)]
    late = executor.submit(order("echo late"))

    assert wait([*busy, late], timeout=0.2).done == set()
    (tmp_path / "over").touch()
    assert wait([*busy, late], timeout=WAIT_SECONDS).not_done == set()
