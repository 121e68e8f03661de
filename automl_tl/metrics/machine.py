"""What the daemon's machine has left, and what the daemon's processes take of it."""

import shutil
import time

from automl_tl.daemon.vitals import roles
from automl_tl.executors.machine import free_bytes
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
from automl_tl.upkeep.pieces import Kind, Scale

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
        for role in roles(self._home):
            numbers.put(MEMORY, role.bytes, role.role)
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
