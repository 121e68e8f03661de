"""How the daemon's machine and its processes are, and what is installed."""

import os
import platform
import shutil
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import metadata

import psutil

from automl_tl.daemon.processes import ROLES, own_processes
from automl_tl.executors.machine import free_bytes
from automl_tl.settings import Home

LIBRARIES = (
    *("torch", "torchvision", "timm", "transformers", "optuna", "ray", "mlflow"),
    *("scikit-learn", "numpy", "sqlalchemy", "fastapi"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """The processes that do one thing: how many, and their resident bytes, what they share in each."""

    role: str
    processes: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What is so now; ``load`` is the machine's over the last minute, in processes that want a core."""

    started: float
    cores: int
    load: float
    free_memory: int
    memory: int
    free_disk: int
    disk: int
    roles: tuple[Role, ...]


def vitals(home: Home) -> Vitals:
    """Look once; sizes are in bytes, and free memory is a container's where there is one."""
    disk = shutil.disk_usage(home.root)
    return Vitals(
        started=psutil.Process().create_time(),
        cores=os.cpu_count() or 1,
        load=os.getloadavg()[0],
        free_memory=free_bytes(),
        memory=psutil.virtual_memory().total,
        free_disk=disk.free,
        disk=disk.total,
        roles=roles(home),
    )


def versions() -> dict[str, str]:
    """This package, Python, the system, and the libraries that results depend on, those that are there.

    Looked up once: what is installed over a running daemon is not what runs.
    """
    return dict(_installed())


@cache
def _installed() -> tuple[tuple[str, str], ...]:
    found = {"automl-tl": "", "python": platform.python_version(), "system": platform.platform(terse=True)}
    for library in ("automl-tl", *LIBRARIES):
        with suppress(metadata.PackageNotFoundError):
            found[library] = metadata.version(library)
    return tuple(found.items())


def roles(home: Home) -> tuple[Role, ...]:
    """What each role's processes hold now, in the order of ``ROLES``; those of none are told too."""
    counts, sizes = Counter[str](), Counter[str]()
    for role, process in own_processes(home):
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            sizes[role] += process.memory_info().rss
            counts[role] += 1
    return tuple(Role(role=role, processes=counts[role], bytes=sizes[role]) for role in ROLES)
