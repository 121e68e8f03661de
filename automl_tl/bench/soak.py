"""``bench soak``: many tiny jobs go through one daemon, whose memory and files are watched."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from automl_tl.bench.numbers import SPACE
from automl_tl.bench.slope import slope
from automl_tl.client.client import Client
from automl_tl.client.own_daemon import OwnDaemon
from automl_tl.upkeep.temporary import temporary_folder

_MODULE = "automl_tl.bench.soak_daemon"
_MODELS = "automl_tl.wiring.models"
_LOOK_SECONDS = 0.5
_WARM = 0.2  # of the jobs
_TARGET = 10_000.0  # bytes a job
_OPEN = ("queued", "running")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How many jobs had ended, what each process held then, and how many files lay outside jobs' folders."""

    ended: int
    supervisor_bytes: int
    models_bytes: int
    open_files: int
    files: int


def run(*, jobs: int, running: int) -> dict[str, Any]:
    """Submit so many jobs of numbers, so many run at once, and wait for all of them."""
    with temporary_folder("automl-tl-bench-") as folder:
        home = folder
        (home / "data").mkdir()
        said = {"AUTOML_TL_REGISTRY": "folder", "AUTOML_TL_RUNNING_JOBS": str(running)}
        daemon = OwnDaemon(home, command=(_MODULE, str(home)), environment=said)
        try:
            looks = _watched(daemon, home, jobs=jobs)
            failed = daemon.client.jobs(states=["failed"])["jobs"]
        finally:
            daemon.stop()
        files = _files(home / "jobs")
    if failed:
        raise AssertionError(f"of {jobs} jobs {len(failed)} failed: {failed[0]['reason']}")
    return _figures(looks, jobs=jobs, job_files=files)


def _watched(daemon: OwnDaemon, home: Path, *, jobs: int) -> list[Look]:
    supervisor, client = psutil.Process(daemon.pid), daemon.client
    for number in range(jobs):
        client.submit(
            dataset=home / "data",
            name=f"soak-{number % 10}",
            space=SPACE,
            max_trials=3,
            executor="inline",
            metric="accuracy",
            seed=number,
        )
    looks: list[Look] = []
    while (ended := jobs - _open(client)) < jobs:
        looks.append(_look(supervisor, home, ended=ended))
        time.sleep(_LOOK_SECONDS)
    return looks


def _open(client: Client) -> int:
    counts = client.jobs(limit=1)["counts"]
    return sum(int(counts[state]) for state in _OPEN)


def _look(supervisor: psutil.Process, home: Path, *, ended: int) -> Look:
    models = next((p for p in supervisor.children(recursive=True) if _is_models(p)), None)
    return Look(
        ended=ended,
        supervisor_bytes=supervisor.memory_info().rss,
        models_bytes=0 if models is None else models.memory_info().rss,
        open_files=supervisor.num_fds() + (0 if models is None else models.num_fds()),
        files=_files(home, but=("jobs",)),
    )


def _files(folder: Path, *, but: Sequence[str] = ()) -> int:
    """How many there are, folders of these names left out; what vanishes meanwhile is not missed."""
    found = 0
    for _, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in but]
        found += len(files)
    return found


def _is_models(process: psutil.Process) -> bool:
    try:
        return _MODELS in process.cmdline()
    except psutil.NoSuchProcess:
        return False


def _figures(looks: list[Look], *, jobs: int, job_files: int) -> dict[str, Any]:
    warm = [look for look in looks if look.ended >= _WARM * jobs]
    supervisor = slope([(look.ended, look.supervisor_bytes) for look in warm])
    models = slope([(look.ended, look.models_bytes) for look in warm])
    found = {
        "jobs": jobs,
        "looks_after_warm_up": len(warm),
        "supervisor_bytes_a_job": supervisor.mean,
        "supervisor_bytes_a_job_at_most": supervisor.high,
        "models_bytes_a_job": models.mean,
        "models_bytes_a_job_at_most": models.high,
        "supervisor_megabytes_at_the_end": warm[-1].supervisor_bytes / 2**20,
        "open_files_after_warm_up": warm[0].open_files,
        "open_files_at_most": max(look.open_files for look in warm),
        "files_of_a_job": job_files / jobs,
        "other_files_after_warm_up": warm[0].files,
        "other_files_at_the_end": warm[-1].files,
    }
    lines = [f"{key:<34} {value:>12,.1f}" for key, value in found.items()]
    reached = supervisor.high < _TARGET and models.high < _TARGET
    return {**found, "reached": reached, "table": "\n".join(lines)}
