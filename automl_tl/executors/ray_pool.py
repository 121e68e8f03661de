"""A local Ray that outlives jobs: started once per home, shared by all who use it, ended after the last."""

import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from automl_tl.errors import OperatorError
from automl_tl.executors.cores import cores
from automl_tl.executors.ray_address import PoolAddress, PoolFolder, write_token
from automl_tl.executors.ray_keeper import end, retire
from automl_tl.filelock import FileLock
from automl_tl.settings import Home

logger = logging.getLogger(__name__)

START_SECONDS = 180.0
STOP_SECONDS = 15.0
LINGER_SECONDS = 30.0  # a daemon that was killed and starts again finds its pool warm
_LOOK_SECONDS = 0.02


@dataclass(slots=True, kw_only=True)
class PoolUse:
    """This process's use of the home's pool; the kernel gives it back when the process dies."""

    folder: PoolFolder
    _user: FileLock

    def close(self) -> None:
        """Use it no longer; the pool ends once nobody has for half a minute."""
        self._user.release()


def hold_pool(home: Home) -> PoolUse:
    """Let a pool, started by whoever first wants it, last as long as this process; starts none."""
    folder = PoolFolder.of(home)
    with FileLock(folder.door).exclusive():
        return _use(folder)


def open_pool(
    home: Home, *, threads: int = 1, meanwhile: Callable[[PoolFolder], object] = lambda folder: None
) -> tuple[PoolUse, str]:
    """Use the home's pool, started first where none runs; its address.

    ``threads`` is the numeric libraries' limit per worker, as long as the pool lives; ``meanwhile`` is called
    in a thread of its own while a pool starts. Raises OperatorError when the pool does not come up.
    """
    folder = PoolFolder.of(home)
    with FileLock(folder.door).exclusive():
        use = _use(folder)
        try:
            found = PoolAddress.read(folder.address)
            if found is not None and not found.is_alive:
                logger.warning("stale pool found: keeper %d is gone", found.keeper)
                _clear(folder, found)
                found = None
            return use, (found or _start(folder, threads=threads, meanwhile=meanwhile)).address
        except BaseException:
            use.close()
            raise


def stop_pool(home: Home, *, unless_used: bool = True, at_once: bool = False) -> bool:
    """End the pool and every process of it; False when another process uses it (``unless_used``).

    ``at_once``: its keeper is not asked, but killed.
    """
    folder = PoolFolder.of(home)
    with FileLock(folder.door).exclusive():
        found = PoolAddress.read(folder.address)
        if found is None:
            return True
        if unless_used:
            with FileLock(folder.users) as users:
                if not users.try_exclusive():
                    return False
            # Whoever comes now waits at the door.
        _stop(folder, found, at_once=at_once)
    return True


def _use(folder: PoolFolder) -> PoolUse:
    # Waits only while a keeper ends a pool that nobody used.
    return PoolUse(folder=folder, _user=FileLock(folder.users).shared())


def _start(folder: PoolFolder, *, threads: int, meanwhile: Callable[[PoolFolder], object]) -> PoolAddress:
    write_token(folder)  # before two want to
    command = [sys.executable, "-m", "automl_tl.executors.ray_keeper", str(folder.root)]
    command += [str(cores()), str(threads), str(LINGER_SECONDS)]
    with folder.log.open("wb") as log:
        keeper = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    threading.Thread(target=meanwhile, args=(folder,), daemon=True).start()
    deadline = time.monotonic() + START_SECONDS
    while (found := PoolAddress.read(folder.address)) is None:
        if keeper.poll() is not None or time.monotonic() > deadline:
            keeper.terminate()
            raise OperatorError(f"the local Ray did not start; its log ends: {_last_lines(folder.log)}")
        time.sleep(_LOOK_SECONDS)
    return found


def _last_lines(path: Path, *, count: int = 5) -> str:
    lines = path.read_text(errors="replace").strip().splitlines()
    return " | ".join(lines[-count:])


def _stop(folder: PoolFolder, found: PoolAddress, *, at_once: bool) -> None:
    if found.is_alive:
        with suppress(psutil.NoSuchProcess):  # it has ended by itself meanwhile
            _end_keeper(psutil.Process(found.keeper), at_once=at_once)
    _clear(folder, found)
    logger.info("pool stopped")


def _end_keeper(keeper: psutil.Process, *, at_once: bool) -> None:
    if not at_once:
        keeper.send_signal(signal.SIGTERM)
        with suppress(psutil.TimeoutExpired):
            keeper.wait(timeout=STOP_SECONDS)
            return
    keeper.kill()


def _clear(folder: PoolFolder, found: PoolAddress) -> None:
    """Take away what a dead keeper left."""
    retire(folder, keeper=found.keeper)
    end(found.keeper, temp=Path(found.temp))
