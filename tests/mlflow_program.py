"""A program of MLflow's own that listens on loopback while a block runs."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from free_port import free_port

START_SECONDS = 200.0
STOP_SECONDS = 60.0


@contextmanager
def listening(*words: str, ready: str, folder: Path, python: Path = Path(sys.executable)) -> Iterator[str]:
    """``mlflow WORDS`` on a free port, once ``ready`` answers; its address. It ends with its children.

    ``python`` is of the environment that it runs in.
    """
    with free_port() as port, _started(words, port, folder=folder, python=python) as (server, log):
        _wait_for(f"http://127.0.0.1:{port}{ready}", server, log=log)
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _started(
    words: Sequence[str], port: int, *, folder: Path, python: Path
) -> "Iterator[tuple[subprocess.Popen[bytes], Path]]":
    """The program and its log; afterwards nothing answers on its port."""
    where = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    log = folder / "mlflow.log"
    with log.open("w") as said:
        server = subprocess.Popen(
            [str(python), "-P", "-m", "mlflow", *words, *where],
            cwd=folder, stdout=said, stderr=said, start_new_session=True,
            # The program starts others, by name, from the environment it runs in.
            env={
                **os.environ,
                "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
                "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # seven processes more, for nothing
            },
        )  # fmt: skip
    try:
        yield server, log
    finally:
        _end(server)
        _wait_for_silence(port)  # its children may outlive it by a moment


@contextmanager
def tracking_server(folder: Path) -> Iterator[str]:
    """MLflow's own server, with its database and artifacts in ``folder``; its address."""
    folder.mkdir(parents=True, exist_ok=True)
    store, artifacts = f"sqlite:///{folder}/server.sqlite3", str(folder / "artifacts")
    words = ["server", "--backend-store-uri", store, "--artifacts-destination", artifacts]
    with listening(*words, ready="/health", folder=folder) as address:
        yield address


def _end(server: subprocess.Popen[bytes]) -> None:
    os.killpg(server.pid, signal.SIGTERM)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:  # it waits for its own children, which may be busy
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(STOP_SECONDS)


def _wait_for(url: str, server: subprocess.Popen[bytes], *, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the server did not come up: {log.read_text()[-2000:]}")


def _wait_for_silence(port: int) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=2).close()
        except ConnectionError:
            return
        time.sleep(0.1)
    pytest.fail(f"port {port} was still answered {STOP_SECONDS:.0f} s after the server was ended")
