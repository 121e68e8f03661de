"""The daemon's processes: they start, refuse a second one, die together and leave nothing behind."""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from patience import WAIT_SECONDS, has_ended, until

from automl_tl.daemon.lease import is_dead
from automl_tl.domain.dataset import DatasetSource
from automl_tl.domain.job import DEFAULT_TENANT, ExecutorKind, JobRequest, JobState
from automl_tl.filelock import FileLock
from automl_tl.settings import Settings
from automl_tl.store.sql import open_store

pytestmark = pytest.mark.slow

PROGRAM = """
import sys
from pathlib import Path
from automl_tl.errors import AutomlError
from automl_tl.settings import Settings
from automl_tl.wiring.supervisor import serve
try:
    home, port, stop_seconds = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    serve(Settings(home=home, port=port, registry="folder", stop_seconds=stop_seconds))
except AutomlError as error:
    sys.exit(f"{error.title}: {error}")
"""

Serve = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start a daemon on the test's home; whatever is left of it is ended after the test."""
    started: list[subprocess.Popen[str]] = []

    def serve(*, port: int = 0, stop_seconds: float = 1.0, **more: str) -> "subprocess.Popen[str]":
        program = [sys.executable, "-c", PROGRAM, str(tmp_path), str(port), str(stop_seconds)]
        environment = os.environ | {"AUTOML_TL_REGISTRY": "folder", **more}
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
    until(lambda: daemon.poll() is not None or path.exists(), what="an address")
    return str(json.loads(path.read_text())["url"])


def answer(url: str) -> dict[str, object]:
    with urllib.request.urlopen(url, timeout=WAIT_SECONDS) as response:
        found: dict[str, object] = json.load(response)
    return found


def children(daemon: "subprocess.Popen[str]") -> list[psutil.Process]:
    """The processes that it started itself; libraries start others for a moment while they are imported."""
    return psutil.Process(daemon.pid).children()


def said(home: Path, number: int = 0) -> str:
    return (home / f"daemon-{number}.log").read_text()


def test_daemon_serves_alone_stops_in_order_and_leaves_nothing(tmp_path: Path, serve: Serve) -> None:
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(tmp_path / "notify"))
    manager.settimeout(WAIT_SECONDS)
    daemon = serve(NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="30000000")
    assert sorted(manager.recv(4096).split(b"\n")[0] for _ in range(2)) == [b"READY=1", b"WATCHDOG=1"]
    url = url_of(tmp_path, daemon)
    assert answer(f"{url}/readyz") == {"status": "ready"}
    until(lambda: children(daemon), what="a models process")
    (models,) = children(daemon)

    second = serve()

    assert second.wait(WAIT_SECONDS) == 1
    assert f"process {daemon.pid} is the daemon of" in said(tmp_path, 1)

    daemon.send_signal(signal.SIGTERM)

    assert daemon.wait(WAIT_SECONDS) == 0, said(tmp_path)
    assert has_ended(models.pid)
    assert not (tmp_path / "run" / "daemon.json").exists()
    with manager:
        assert manager.recv(4096).startswith(b"STOPPING=1")


def test_port_in_use_is_refused_by_name(tmp_path: Path, serve: Serve) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        daemon = serve(port=port)

        assert daemon.wait(WAIT_SECONDS) == 1
    assert f"port {port}" in said(tmp_path)
    assert "in use" in said(tmp_path)


def test_killed_daemon_takes_its_processes_along_and_its_job_goes_on(tmp_path: Path, serve: Serve) -> None:
    store = open_store(tmp_path / "store.sqlite3")
    dataset, unpacked = tmp_path / "data.zip", Settings(home=tmp_path).folders.datasets
    dataset.write_bytes(b"never read")
    # Its runner waits to unpack it, so that it has not ended however late we look.
    lock = FileLock(unpacked / f"{hashlib.sha256(dataset.read_bytes()).hexdigest()}.lock").exclusive()
    job = store.add_job(
        JobRequest(
            name="digits",
            dataset=DatasetSource(path=str(dataset)),
            space='[space]\nname = "x"\n[[candidate]]\nsource = "embedded:any"\n',
            executor=ExecutorKind.INLINE,
        ),
        tenant=DEFAULT_TENANT,
    )
    daemon = serve()
    url_of(tmp_path, daemon)
    until(lambda: len(children(daemon)) == 2, what="models process and runner")
    offspring = children(daemon)
    (holder,) = store.holders()

    daemon.kill()
    daemon.wait()

    until(lambda: all(has_ended(process.pid) for process in offspring), what="the end of its processes")
    assert is_dead(holder)

    heir = serve(stop_seconds=600.0)  # what its runner, which waits, would be given
    url_of(tmp_path, heir)
    until(lambda: store.job(job.id).attempts == 2, what="a second attempt")

    heir.send_signal(signal.SIGINT)
    until(lambda: not (tmp_path / "run" / "daemon.json").exists(), what="a daemon that stops")
    heir.send_signal(signal.SIGINT)  # it ends at once

    assert heir.wait(WAIT_SECONDS) == 0
    handed_back = store.job(job.id)
    store.close()
    lock.release()
    assert (handed_back.state, handed_back.attempts) == (JobState.QUEUED, 1)  # the crash alone counts
