"""The process that starts a home's local Ray, watches it, and ends all of it once nobody uses it."""

import ctypes
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from automl_tl.executors.birth import birth
from automl_tl.executors.ray_address import (
    PoolAddress,
    PoolFolder,
    environment,
    session,
    thread_limits,
)
from automl_tl.filelock import FileLock

logger = logging.getLogger(__name__)

OBJECT_STORE_BYTES = 128 * 2**20  # data travel by path, so next to nothing lies in it
NICENESS = 5  # training never starves the page and the store
_LOOK_SECONDS = 0.5
_CHILD_SUBREAPER = 36  # prctl: orphans of this session become our children, so none stays a zombie
_CORE = ("gcs_server", "raylet")


def main(arguments: list[str]) -> int:
    """``FOLDER CPUS THREADS LINGER_SECONDS``: keep a pool there until it is told or left to stop."""
    folder, cpus, threads, linger = PoolFolder(root=Path(arguments[0])), *arguments[1:]
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_CHILD_SUBREAPER, 1, 0, 0, 0)
    # A path short enough for Ray's Unix sockets (107 bytes), whatever the home's is.
    temp = Path(tempfile.mkdtemp(prefix="atl-", dir="/tmp"))
    try:
        _start(folder, temp=temp, cpus=int(cpus), threads=int(threads))
        _watch(folder, told=told, linger_seconds=float(linger))
    finally:
        retire(folder, keeper=os.getpid())
        end(os.getpid(), temp=temp)
        logger.info("pool ended")
    return 0


def _start(folder: PoolFolder, *, temp: Path, cpus: int, threads: int) -> None:
    """Ray's head on loopback, in this session; CalledProcessError when it does not come up."""
    command = [
        sys.executable,
        "-m",
        "automl_tl.executors.ray_head",
        "start",
        "--head",
        "--port=0",
        f"--temp-dir={temp}",
    ]
    command += ["--node-ip-address=127.0.0.1", "--include-dashboard=false", "--include-log-monitor=false"]
    command += ["--no-monitor", f"--object-store-memory={OBJECT_STORE_BYTES}", f"--num-cpus={cpus}"]
    command += ["--disable-usage-stats", "--log-style=record", "--log-color=false"]
    variables = environment(folder) | thread_limits(threads) | {"RAY_worker_niceness": str(NICENESS)}
    started = time.monotonic()
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, env=os.environ | variables)
    PoolAddress(
        address=(temp / "ray_current_cluster").read_text().strip(),
        keeper=os.getpid(),
        started=birth(psutil.Process()),
        temp=str(temp),
    ).write(folder.address)
    logger.info("pool started in %.1f s", time.monotonic() - started)


def _watch(folder: PoolFolder, *, told: threading.Event, linger_seconds: float) -> None:
    """Return when told to stop, when Ray's core died, or when nobody used the pool for a while."""
    core = [process for process in session(os.getpid()) if process.name() in _CORE]
    used = time.monotonic()
    while not told.wait(_LOOK_SECONDS):
        _reap()
        if not all(process.is_running() for process in core):
            logger.warning("pool died")
            return
        with FileLock(folder.users) as users:
            if not users.try_exclusive():
                used = time.monotonic()
            elif time.monotonic() - used >= linger_seconds:
                retire(folder, keeper=os.getpid())  # while nobody can come
                return


def retire(folder: PoolFolder, *, keeper: int) -> None:
    """Take the address away, so that nobody comes any more; a successor's stays."""
    found = PoolAddress.read(folder.address)
    if found is not None and found.keeper == keeper:
        folder.address.unlink(missing_ok=True)


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        pass


def end(keeper: int, *, temp: Path) -> None:
    """Kill every process of the keeper's session but the keeper, and remove Ray's folder."""
    deadline = time.monotonic() + 10.0
    while (members := session(keeper)) and time.monotonic() < deadline:
        for (
            process
        ) in members:  # the raylet first would let workers notice and complain; all at once is quiet
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(members, timeout=1.0)
    shutil.rmtree(temp, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
