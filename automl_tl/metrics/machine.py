"""What the daemon's machine has left, and what the daemon's processes take of it."""

import shutil
import time
from collections.abc import Iterator
from contextlib import suppress

import psutil

from automl_tl.daemon.job_process import RUNNER
from automl_tl.daemon.pieces import Kind, Scale
from automl_tl.executors.machine import free_bytes
from automl_tl.executors.ray_address import PoolAddress, PoolFolder, session
from automl_tl.metrics.catalogue import (
    CACHE_BYTES,
    CACHE_LIMIT,
    DISK_FREE,
    DISK_SIZE,
    FREE_MEMORY,
    GPU_BUSY,
    GPU_SIZE,
    GPU_USED,
    MEMORY,
)
from automl_tl.metrics.gpus import Gpus
from automl_tl.metrics.numbers import Numbers
from automl_tl.settings import Settings

WEIGH_SECONDS = 60.0  # between two walks through the caches
FIGURES = (MEMORY, FREE_MEMORY, DISK_FREE, DISK_SIZE, CACHE_BYTES, CACHE_LIMIT, GPU_USED, GPU_SIZE, GPU_BUSY)


class Machine:
    """Looks at processes, disk, caches and GPUs; one thread at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._home = settings.folders
        self._gpus = Gpus()
        self._weighed = -WEIGH_SECONDS
        self._caches: dict[str, int] = {}

    def look(self) -> Numbers:
        """What is so now."""
        numbers = Numbers()
        for role, size in self._memory().items():
            numbers.put(MEMORY, size, role)
        numbers.put(FREE_MEMORY, free_bytes())
        disk = shutil.disk_usage(self._home.root)
        numbers.put(DISK_FREE, disk.free)
        numbers.put(DISK_SIZE, disk.total)
        self._weigh()
        limits = {"activations": self._settings.activation_bytes, "pictures": self._settings.picture_bytes}
        for cache, limit in limits.items():
            numbers.put(CACHE_LIMIT, limit, cache)
            numbers.put(CACHE_BYTES, self._caches[cache], cache)
        for gpu in self._gpus.look():
            numbers.put(GPU_USED, gpu.used_bytes, gpu.index)
            numbers.put(GPU_SIZE, gpu.size_bytes, gpu.index)
            numbers.put(GPU_BUSY, gpu.busy, gpu.index)
        return numbers

    def _weigh(self) -> None:
        if time.monotonic() - self._weighed < WEIGH_SECONDS:
            return
        kinds = {"activations": Kind.ACTIVATIONS, "pictures": Kind.PICTURES}
        self._caches = {
            folder: Scale().piece(kind, self._home.cache / folder).bytes for folder, kind in kinds.items()
        }
        self._weighed = time.monotonic()

    def _memory(self) -> dict[str, int]:
        """Resident bytes by role; what several processes share counts in each."""
        found = dict.fromkeys(("daemon", "models", "runners", "workers"), 0)
        for role, process in self._processes():
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                found[role] += process.memory_info().rss
        return found

    def _processes(self) -> Iterator[tuple[str, psutil.Process]]:
        daemon = psutil.Process()
        yield "daemon", daemon
        pool = PoolAddress.read(PoolFolder.of(self._home).address)
        workers = [] if pool is None else session(pool.keeper)
        known = {process.pid for process in workers}
        yield from (("workers", process) for process in workers)
        for child in daemon.children():
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                role = "runners" if RUNNER in child.cmdline() else "models"
                family = [child, *child.children(recursive=True)]
                yield from ((role, process) for process in family if process.pid not in known)
