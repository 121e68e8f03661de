"""The pool of warm actors: it outlives jobs, survives losses, and leaves nothing behind."""

import os
import signal
import subprocess
from pathlib import Path

import psutil
import pytest
from obedient_worker import order, start_obedient
from patience import WAIT_SECONDS, has_ended, until

from automl_tl.errors import OperatorError, WorkerLost
from automl_tl.executors.birth import birth
from automl_tl.executors.ray_address import PoolAddress, PoolFolder, session
from automl_tl.executors.ray_lane import Lane
from automl_tl.executors.ray_pool import stop_pool
from automl_tl.executors.ray_slots import RayExecutor
from automl_tl.settings import Home, Settings

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ray")]


def pid(executor: RayExecutor) -> int:
    return executor.submit(order("echo pid")).result(WAIT_SECONDS).multiply_adds


def pids(executor: RayExecutor) -> set[int]:
    futures = [executor.submit(order("echo pid")) for _ in range(executor.slots)]  # they take turns
    return {future.result(WAIT_SECONDS).multiply_adds for future in futures}


def test_next_runner_finds_the_workers_warm(ray_home: Settings) -> None:
    first = start_obedient(ray_home)
    warm = pids(first)
    first.close()

    second = start_obedient(ray_home)

    assert pids(second) == warm
    second.close()


def test_sigkilled_worker_is_lost_and_the_next_work_runs(
    ray_home: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    executor = start_obedient(ray_home, slots=1)
    victim = pid(executor)
    future = executor.submit(order("await the end"))

    os.kill(victim, signal.SIGKILL)

    with pytest.raises(WorkerLost):
        future.result(WAIT_SECONDS)
    assert pid(executor) != victim
    executor.close()
    assert capfd.readouterr().out == ""  # it belongs to the command's JSON


def test_a_worker_that_has_done_its_works_is_followed_by_a_fresh_one(ray_home: Settings) -> None:
    executor = start_obedient(ray_home, slots=1, works_per_worker=2)

    done = [pid(executor) for _ in range(3)]

    assert done[0] == done[1] != done[2]
    executor.close()


def test_a_process_goes_from_one_homes_pool_to_anothers(
    ray_home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Path(__file__).parent
    monkeypatch.setenv("PYTHONPATH", f"{here}{os.pathsep}{here.parent}")  # where the workers' builder is
    other = Settings(home=tmp_path / "other")
    for settings, keep_pool in ((ray_home, True), (other, False), (ray_home, True)):
        executor = start_obedient(settings, slots=1, keep_pool=keep_pool)

        assert executor.submit(order("echo three")).result(WAIT_SECONDS).epoch == len("three")
        executor.close()


def test_work_of_a_runner_that_is_gone_is_ended(ray_home: Settings) -> None:
    gone = start_obedient(ray_home, slots=1)
    busy = pid(gone)
    actor, _ = gone._running[gone.submit(order("await the end"))]
    actor.doomed = True
    gone._running.clear()  # as SIGKILL would: close() ends no work it does not know
    gone.close()

    heir = start_obedient(ray_home, slots=1)

    assert pid(heir) != busy
    until(lambda: has_ended(busy), what="the end of a worker that nobody waits for")
    heir.close()


def test_worker_that_cannot_be_built_says_why(ray_home: Settings) -> None:
    executor = start_obedient(ray_home.model_copy(update={"running_jobs": 77}), slots=1)

    with pytest.raises(OperatorError, match="no worker with 77 jobs"):
        executor.submit(order("echo")).result(WAIT_SECONDS)
    executor.close()


def test_numeric_libraries_are_held_to_the_threads_of_the_plan(ray_home: Settings) -> None:
    executor = start_obedient(ray_home, slots=1)

    assert executor.submit(order("threads")).result(WAIT_SECONDS).value == 1
    executor.close()


def test_workers_share_gpus_evenly_and_those_of_a_second_process_have_one_too(ray_home: Settings) -> None:
    def cards(executor: RayExecutor) -> list[int]:
        futures = [executor.submit(order("card")) for _ in range(executor.slots)]
        return sorted(int(future.result(WAIT_SECONDS).value) for future in futures)

    first = start_obedient(ray_home, slots=4)
    assert first.cards == 2
    assert cards(first) == [0, 0, 1, 1]
    first.close()
    taken = Lane.take(PoolFolder.of(ray_home.folders))  # as by a process whose workers have all GPUs reserved

    beside = start_obedient(ray_home, slots=2)

    assert cards(beside) == [0, 1]
    beside.close()
    taken.close()


def test_pool_listens_on_loopback_alone_and_its_token_is_its_owners(ray_home: Settings) -> None:
    folder = PoolFolder.of(ray_home.folders)
    found = PoolAddress.read(folder.address)
    assert found is not None

    listening = {
        connection.laddr.ip.removeprefix("::ffff:")
        for process in session(found.keeper)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }

    assert listening == {"127.0.0.1"}
    assert folder.token.stat().st_mode & 0o777 == 0o600


def test_used_pool_is_not_stopped(ray_home: Settings) -> None:
    assert not stop_pool(ray_home.folders)


def test_what_a_dead_keeper_left_is_cleared(tmp_path: Path) -> None:
    folder = PoolFolder.of(Home(root=tmp_path / "home"))
    temp = tmp_path / "temp"
    temp.mkdir()
    keeper = subprocess.Popen(["sh", "-c", "sleep 60 & echo on; wait"], stdout=-1, start_new_session=True)
    assert keeper.stdout is not None
    assert keeper.stdout.readline() == b"on\n"
    started = birth(psutil.Process(keeper.pid))
    PoolAddress(address="127.0.0.1:1", keeper=keeper.pid, started=started, temp=str(temp)).write(
        folder.address
    )
    keeper.kill()
    keeper.wait()
    assert len(session(keeper.pid)) == 1

    stop_pool(Home(root=tmp_path / "home"))

    assert session(keeper.pid) == []
    assert not temp.exists()
    assert not folder.address.exists()
