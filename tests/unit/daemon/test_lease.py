"""A lease lives while its holder beats, and ends when the holder is seen dead."""

import subprocess
import sys
from collections.abc import Callable

import psutil
import pytest
from patience import WAIT_SECONDS, until

from automl_tl.daemon import lease as leases
from automl_tl.daemon.lease import Heartbeat, expire_dead, holder_id, is_dead
from automl_tl.domain.job import Job, JobState, Wish
from automl_tl.errors import LeaseLost
from automl_tl.store.base import Store


def gone() -> str:
    """The holder that a process was which has ended."""
    program = "from automl_tl.daemon.lease import holder_id; print(holder_id())"
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_living_holder_is_not_dead() -> None:
    assert is_dead(holder_id()) is False
    assert is_dead(holder_id("7")) is False


def test_ended_process_is_dead() -> None:
    assert is_dead(gone()) is True


@pytest.mark.parametrize("step_seconds", [-3600.0, 3600.0])
def test_a_clock_that_is_set_makes_no_living_holder_dead(
    step_seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system tells the time of a start from the start of the machine, which moves with the clock."""
    holder, started = holder_id(), psutil.boot_time()
    platform = psutil._psplatform  # type: ignore[attr-defined]  # what both of its tellings ask

    monkeypatch.setattr(platform, "boot_time", lambda: started + step_seconds)

    assert psutil.boot_time() == started + step_seconds
    assert is_dead(holder) is False
    assert is_dead(gone()) is True


def test_process_that_inherited_the_pid_is_not_the_holder() -> None:
    host, pid, start = holder_id().split(":")

    assert is_dead(f"{host}:{pid}:{float(start) - 60}") is True


@pytest.mark.parametrize("holder", ["elsewhere:1:2.0", "a person", "a:b:c:d:e", ""])
def test_nothing_is_known_of_other_machines(holder: str) -> None:
    assert is_dead(holder) is None


def test_heartbeat_keeps_the_lease_and_brings_the_wish(
    store: Store, queue: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "BEATS_PER_LEASE", 60_000)  # a lease of ten minutes, a beat each 10 ms
    job = queue()
    lease = store.claim(holder=holder_id(), lease_seconds=0.0)
    assert lease is not None

    with Heartbeat(store, lease, lease_seconds=600.0) as heartbeat:  # it ran out, and only a beat prolongs it
        store.wish(job.id, Wish.CANCEL)
        until(lambda: heartbeat.wish is Wish.CANCEL, what="the wish")
        assert not heartbeat.lost.is_set()
        assert store.claim(holder="another", lease_seconds=1.0) is None


def test_heartbeat_says_that_the_lease_is_lost(store: Store, queue: Callable[..., Job]) -> None:
    queue()
    lease = store.claim(holder=holder_id(), lease_seconds=0.0)
    assert lease is not None
    assert store.claim(holder="another", lease_seconds=60.0) is not None

    with Heartbeat(store, lease, lease_seconds=0.1) as heartbeat:
        assert heartbeat.lost.wait(WAIT_SECONDS)

    with pytest.raises(LeaseLost):
        store.heartbeat(lease, lease_seconds=1.0)


def test_dead_holders_jobs_are_claimed_at_once(store: Store, queue: Callable[..., Job]) -> None:
    job = queue()
    assert store.claim(holder=gone(), lease_seconds=600.0) is not None
    assert store.claim(holder=holder_id(), lease_seconds=60.0) is None

    assert expire_dead(store) == 1

    lease = store.claim(holder=holder_id(), lease_seconds=60.0)
    assert lease is not None
    assert lease.job == job.id
    assert store.job(job.id).state is JobState.RUNNING
    assert psutil.pid_exists(int(lease.holder.split(":")[1]))


def test_living_holders_keep_their_leases(store: Store, queue: Callable[..., Job]) -> None:
    queue()
    assert store.claim(holder=holder_id(), lease_seconds=60.0) is not None

    assert expire_dead(store) == 0
