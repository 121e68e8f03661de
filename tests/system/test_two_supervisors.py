"""Two whole supervisors on one PostgreSQL: one is frozen past its lease, and thawed when its job is done."""

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import psutil
import pytest
from patience import until
from postgres_server import postgres_server

from automl_tl.bench.numbers import SPACE
from automl_tl.client.own_daemon import OwnDaemon
from automl_tl.domain.events import EventKind
from automl_tl.domain.job import DEFAULT_TENANT, JobState
from automl_tl.store.sql import SqlStore, open_store

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.xdist_group("postgres")]

_SHARED = ("jobs", "manifests", "registry")  # what both see, as a shared folder would have it
_JOBS = 3


@pytest.fixture
def url() -> Iterator[str]:
    with postgres_server() as url:
        open_store(url).close()
        yield url


def supervisor(root: Path, name: str, url: str) -> OwnDaemon:
    """One on a home of its own, whose workers compute numbers."""
    home = root / name
    home.mkdir()
    for folder in _SHARED:
        (root / folder).mkdir(exist_ok=True)
        (home / folder).symlink_to(root / folder)
    said = {"AUTOML_TL_STORE_URL": url, "AUTOML_TL_REGISTRY": "folder", "AUTOML_TL_LEASE_SECONDS": "2"}
    return OwnDaemon(home, command=("automl_tl.bench.soak_daemon", str(home)), environment=said)


def everything_of(daemon: OwnDaemon) -> list[psutil.Process]:
    process = psutil.Process(daemon.pid)
    return [process, *process.children(recursive=True)]


def send(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def is_running_one(store: SqlStore) -> bool:
    return store.count_jobs()[JobState.RUNNING] == 1


def test_a_supervisor_that_was_frozen_past_its_lease_and_thawed_does_no_harm(
    url: str, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    with closing(open_store(url)) as store, ExitStack() as stopping:
        frozen = supervisor(tmp_path, "frozen", url)
        stopping.callback(frozen.stop)
        for number in range(_JOBS):
            frozen.client.submit(
                dataset=tmp_path / "data",
                name=f"name-{number}",
                space=SPACE,
                max_trials=3,
                executor="inline",
                metric="accuracy",
            )
        until(lambda: is_running_one(store), what="a job that runs")
        processes = everything_of(frozen)
        stopping.callback(send, processes, signal.SIGCONT)
        send(processes, signal.SIGSTOP)
        assert is_running_one(store)

        other = supervisor(tmp_path, "other", url)
        stopping.callback(other.stop)
        until(lambda: store.count_jobs()[JobState.SUCCEEDED] == _JOBS, what="the end of all jobs")
        last = store.last_event()
        send(processes, signal.SIGCONT)
        # The runner is refused at its first write, and its supervisor lets it go.
        until(
            lambda: "left its process with code 75" in frozen.log.read_text(), what="the thawed runner's end"
        )
        frozen.client.healthy()  # it goes on, and would take the next job

        assert store.events(after=last) == ()
        counts = {
            kind: Counter(e.job for e in store.events(limit=10_000) if e.kind is kind) for kind in EventKind
        }
        started, finished = counts[EventKind.JOB_STARTED], counts[EventKind.JOB_FINISHED]
        assert sorted(finished.values()) == [1] * _JOBS
        assert sorted(started.values()) == [*[1] * (_JOBS - 1), 2]
        for job in store.jobs():
            numbers = [trial.number for trial in store.trials(job.id)]
            assert numbers == list(range(len(numbers)))
            assert store.openings(tenant=DEFAULT_TENANT, name=job.request.name) == 1
