"""``bench recovery``: a search whose supervisor and runner are killed again and again, and how it goes on."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from automl_tl.client.own_daemon import OwnDaemon
from automl_tl.daemon.job_process import RUNNER
from automl_tl.domain.events import Event, EventKind
from automl_tl.domain.trial import TrialState
from automl_tl.proof.digits import write_digits
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.upkeep.temporary import temporary_folder
from automl_tl.wiring.adapters import store_of

TARGET = 5.0
_SUPERVISOR_IMPORTS = "import automl_tl.cli.main, automl_tl.wiring.supervisor"
_RUNNER_IMPORTS = f"import {RUNNER}, optuna, ray"
_WORKER_IMPORTS = "automl_tl.wiring.worker, timm, torch, torchvision"  # a warm pool's workers have them
_LOOK_SECONDS = 0.05
_WAIT_SECONDS = 300.0
_LATEST_SECONDS = 3.0  # after a report, until the kill

Rung = tuple[int, int]
"""A trial's number and the epoch that an evaluation of it comes to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """One kill: seconds from the restart to each step, and what was under way when it came.

    ``imports`` is what a bare interpreter takes to import what supervisor and runner do, measured between the
    kill and the restart. ``reported``: the first report since; ``working``: when the evaluation that it tells
    of began, 0 where a warm worker had gone on with it.
    """

    ready: float
    claimed: float
    working: float
    reported: float
    imports: float
    running: frozenset[Rung]
    last_event: int

    @property
    def beyond(self) -> float:
        """From the restart to the first evaluation whose report counts, the imports left out."""
        return max(0.0, self.working - self.imports)


def run(*, kills: int, seed: int, space: str = "embedded", executor: str = "ray") -> dict[str, Any]:
    """A real search of the demo's digits, SIGKILL for supervisor and runner so many times, each restarted.

    Each kill comes at a moment drawn by ``seed`` after a report. Raises AssertionError where the search does
    not go on.
    """
    chance = random.Random(seed)
    with temporary_folder("automl-tl-bench-") as folder:
        home, digits = Path(folder) / "home", write_digits(Path(folder) / "digits")
        said = {"AUTOML_TL_REGISTRY": "folder", "AUTOML_TL_ATTEMPTS_PER_JOB": str(kills + 5)}
        store = store_of(Settings(home=home))
        daemon = OwnDaemon(home, environment=said)
        search: dict[str, Any] = {"dataset": digits, "name": "digits", "space": space, "executor": executor}
        job = str(daemon.client.submit(**search, time_budget="2h")["job"])
        found = []
        try:
            _reported(store, job, after=0)
            for _ in range(kills):
                time.sleep(chance.uniform(0.0, _LATEST_SECONDS))
                _kill(daemon)
                before, known = store.last_event(), _rungs(store, job)
                imports = _import_seconds(executor)
                begun = time.time()
                daemon = OwnDaemon(home, environment=said)
                ready = time.time() - begun
                found.append(_recovery(store, job, after=before, begun=begun, ready=ready, imports=imports))
                _require_kept(known, _rungs(store, job))
            _wait_for_repeats(store, job, found[-1])
            counted = counted_of(store, job, found)
        finally:
            daemon.stop()
            store.close()
    return _figures(found, counted)


def _kill(daemon: OwnDaemon) -> None:
    runners = [p.pid for p in psutil.Process(daemon.pid).children() if RUNNER in p.cmdline()]
    if not runners:
        raise AssertionError("no runner ran when it was to be killed")
    daemon.kill()
    for pid in runners:
        with suppress(ProcessLookupError):  # it dies with the supervisor
            os.kill(pid, signal.SIGKILL)


def _import_seconds(executor: str) -> float:
    runner = _RUNNER_IMPORTS if executor == "ray" else f"{_RUNNER_IMPORTS}, {_WORKER_IMPORTS}"
    begun = time.perf_counter()
    for words in (_SUPERVISOR_IMPORTS, runner):
        subprocess.run([sys.executable, "-c", words], check=True)
    return time.perf_counter() - begun


def _recovery(store: Store, job: str, *, after: int, begun: float, ready: float, imports: float) -> Recovery:
    running = frozenset(
        (trial.number, trial.until_epoch)
        for trial in store.trials(job)
        if trial.state is TrialState.RUNNING and trial.until_epoch is not None
    )
    report = _reported(store, job, after=after)
    started = next(e for e in store.events(after=after, job=job) if e.kind is EventKind.JOB_STARTED)
    return Recovery(
        ready=ready,
        claimed=started.time - begun,
        working=max(0.0, report.time - float(str(report.data["seconds"])) - begun),
        reported=report.time - begun,
        imports=imports,
        running=running,
        last_event=after,
    )


def _reported(store: Store, job: str, *, after: int) -> Event:
    """The first report after that event, once there is one."""
    until = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < until:
        for event in _reports(store, job, after=after):
            return event
        time.sleep(_LOOK_SECONDS)
    raise AssertionError(f"no trial of {job} reported within {_WAIT_SECONDS:g} s: {store.job(job).state}")


def _reports(store: Store, job: str, *, after: int = 0) -> list[Event]:
    found: list[Event] = []
    while events := store.events(after=after, job=job):
        found += [event for event in events if event.kind is EventKind.TRIAL_REPORTED]
        after = events[-1].id
    return found


def _rung(event: Event) -> Rung:
    return int(str(event.data["number"])), int(str(event.data["epoch"]))


def _rungs(store: Store, job: str) -> frozenset[tuple[int, int, float]]:
    """Every report that is kept: trial, epoch and value."""
    return frozenset(
        (t.number, report.epoch, report.value) for t in store.trials(job) for report in t.reports
    )


def _require_kept(before: Iterable[object], after: Iterable[object]) -> None:
    lost = set(before) - set(after)
    if lost:
        raise AssertionError(
            f"{len(lost)} reports that were kept before a kill are gone: {sorted(map(str, lost))}"
        )


def _wait_for_repeats(store: Store, job: str, last: Recovery) -> None:
    """Until every evaluation that the last kill ended was done again, so that repeats can be counted."""
    until = time.monotonic() + _WAIT_SECONDS
    while not last.running <= {_rung(event) for event in _reports(store, job, after=last.last_event)}:
        if time.monotonic() > until:
            raise AssertionError("an evaluation that a kill ended was not done again")
        time.sleep(_LOOK_SECONDS)


def counted_of(store: Store, job: str, found: Sequence[Recovery]) -> dict[str, int]:
    """What was told twice, and the most rungs that one trial which ran at a kill had to do again."""
    told = Counter(_rung(event) for event in _reports(store, job))
    numbers = [trial.number for trial in store.trials(job)]
    repeats = [
        sum(_rung(event)[0] == number and _rung(event)[1] <= epoch for event in events)
        for one in found
        for events in [_reports(store, job, after=one.last_event)]
        for number, epoch in one.running
    ]
    return {
        "lost": len(set(told) - {(number, epoch) for number, epoch, _ in _rungs(store, job)}),
        "twice": sum(told.values()) - len(told) + len(numbers) - len(set(numbers)),
        "running_at_kills": len(repeats),
        "rungs_repeated_at_most": max(repeats, default=0),
        "reports": sum(told.values()),
    }


def _figures(found: Sequence[Recovery], counted: Mapping[str, int]) -> dict[str, Any]:
    rows = [
        {
            "ready_seconds": one.ready,
            "claimed_seconds": one.claimed,
            "working_seconds": one.working,
            "reported_seconds": one.reported,
            "import_seconds": one.imports,
            "beyond_imports_seconds": one.beyond,
            "trials_running": len(one.running),
        }
        for one in found
    ]
    worst = max(one.beyond for one in found)
    is_well = counted["lost"] == counted["twice"] == 0 and counted["rungs_repeated_at_most"] <= 1
    return {
        "kills": rows,
        **counted,
        "beyond_imports_seconds_at_most": worst,
        "target_seconds": TARGET,
        "reached": is_well and worst <= TARGET,
        "table": _table(rows, counted, worst=worst),
    }


def _table(rows: Sequence[Mapping[str, float]], counted: Mapping[str, int], *, worst: float) -> str:
    heads = ("ready", "claimed", "working", "reported", "imports", "beyond", "running")
    lines = ["kill " + " ".join(f"{head:>9}" for head in heads)]
    for place, row in enumerate(rows, start=1):
        lines.append(f"{place:>4} " + " ".join(f"{value:>9.2f}" for value in row.values()))
    lines += [f"{key:<24} {value:>6}" for key, value in counted.items()]
    lines.append(f"at work again within {worst:.2f} s beyond imports; {TARGET:g} s are wanted")
    return "\n".join(lines)
