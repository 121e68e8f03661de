"""The daemon's processes: they start, refuse a second one, die together and leave nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from automl_tl.daemon.lease import is_dead
from automl_tl.domain.dataset import DatasetSource
from automl_tl.domain.job import DEFAULT_TENANT, ExecutorKind, JobRequest, JobState
from automl_tl.store.sql import open_store

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("daemon")]

WAIT_SECONDS = 60.0
PROGRAM = """
import sys
from pathlib import Path
from automl_tl.errors import AutomlError
from automl_tl.settings import Settings
from automl_tl.wiring.supervisor import serve
try:
    serve(Settings(home=Path(sys.argv[1]), port=int(sys.argv[2]), registry="folder"))
except AutomlError as error:
    sys.exit(f"{error.title}: {error}")
"""

Serve = Callable[..., "subprocess.Popen[str]"]


def until(fact: Callable[[], object], *, seconds: float = WAIT_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "it did not come to be in time"
        time.sleep(0.05)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start a daemon on the test's home; whatever is left of it is ended after the test."""
    started: list[subprocess.Popen[str]] = []

    def serve(*, port: int = 0) -> "subprocess.Popen[str]":
        program = [sys.executable, "-c", PROGRAM, str(tmp_path), str(port)]
        environment = os.environ | {"AUTOML_TL_REGISTRY": "folder"}
        with (tmp_path / f"daemon-{len(started)}.log").open("w") as log:
            daemon = subprocess.Popen(program, stdout=log, stderr=log, text=True, env=environment)
        started.append(daemon)
        return daemon

    yield serve
    for daemon in started:
        daemon.kill()
        daemon.wait()


def url_of(home: Path, daemon: "subprocess.Popen[str]") -> str:
    """Where the daemon answers, once it does."""
    path = home / "run" / "daemon.json"
    until(lambda: daemon.poll() is not None or path.exists())
    return str(json.loads(path.read_text())["url"])


def answer(url: str) -> dict[str, object]:
    with urllib.request.urlopen(url, timeout=10) as response:
        found: dict[str, object] = json.load(response)
    return found


def children(daemon: "subprocess.Popen[str]") -> list[psutil.Process]:
    return psutil.Process(daemon.pid).children(recursive=True)


def said(home: Path, number: int = 0) -> str:
    return (home / f"daemon-{number}.log").read_text()


def test_daemon_serves_alone_stops_in_order_and_leaves_nothing(tmp_path: Path, serve: Serve) -> None:
    daemon = serve()
    url = url_of(tmp_path, daemon)
    assert answer(f"{url}/readyz") == {"status": "ready"}
    until(lambda: children(daemon))
    (models,) = children(daemon)

    second = serve()

    assert second.wait(WAIT_SECONDS) == 1
    assert f"process {daemon.pid} is the daemon of" in said(tmp_path, 1)

    daemon.send_signal(signal.SIGTERM)

    assert daemon.wait(WAIT_SECONDS) == 0, said(tmp_path)
    assert not psutil.pid_exists(models.pid)
    assert not (tmp_path / "run" / "daemon.json").exists()


def test_port_in_use_is_refused_by_name(tmp_path: Path, serve: Serve) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        daemon = serve(port=port)

        assert daemon.wait(WAIT_SECONDS) == 1
    assert f"port {port}" in said(tmp_path)
    assert "in use" in said(tmp_path)


def test_killed_daemon_takes_its_processes_along_and_its_job_goes_on(tmp_path: Path, serve: Serve) -> None:
    store = open_store(tmp_path / "store.sqlite3")
    job = store.add_job(
        JobRequest(
            name="digits",
            dataset=DatasetSource(path=str(tmp_path / "nothing")),
            space='[space]\nname = "x"\n[[candidate]]\nsource = "embedded:any"\n',
            executor=ExecutorKind.INLINE,
        ),
        tenant=DEFAULT_TENANT,
    )
    daemon = serve()
    url_of(tmp_path, daemon)
    until(lambda: len(children(daemon)) == 2)  # models process and runner
    offspring = children(daemon)
    (holder,) = store.holders()

    daemon.kill()
    daemon.wait()

    psutil.wait_procs(offspring, timeout=5)
    assert not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in offspring)
    assert is_dead(holder)

    heir = serve()
    url_of(tmp_path, heir)
    until(lambda: store.job(job.id).attempts == 2)

    heir.send_signal(signal.SIGINT)

    assert heir.wait(WAIT_SECONDS) == 0
    handed_back = store.job(job.id)
    store.close()
    assert (handed_back.state, handed_back.attempts) == (JobState.QUEUED, 1)  # the crash alone counts
