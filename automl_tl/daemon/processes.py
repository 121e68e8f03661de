"""Which processes are the daemon's own, by what they do."""

from collections.abc import Iterator
from contextlib import suppress

import psutil

from automl_tl.daemon.job_process import RUNNER
from automl_tl.executors.ray_address import PoolAddress, PoolFolder, session
from automl_tl.settings import Home

ROLES = ("daemon", "models", "runners", "workers")


def own_processes(home: Home) -> Iterator[tuple[str, psutil.Process]]:
    """Each with its role, one of ``ROLES``; to be asked by the daemon's first process."""
    daemon = psutil.Process()
    yield "daemon", daemon
    pool = PoolAddress.read(PoolFolder.of(home).address)
    workers = [] if pool is None else session(pool.keeper)
    known = {process.pid for process in workers}
    yield from (("workers", process) for process in workers)
    for child in daemon.children():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            role = "runners" if RUNNER in child.cmdline() else "models"
            family = [child, *child.children(recursive=True)]
            yield from ((role, process) for process in family if process.pid not in known)
