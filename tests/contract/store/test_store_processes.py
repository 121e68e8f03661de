"""Processes share a store: nothing is handed out twice, and a killed one leaves nothing half done."""

import subprocess
import sys
from pathlib import Path

from patience import WAIT_SECONDS
from store_values import TENANT, claimed, wanted

from automl_tl.domain.events import EventKind
from automl_tl.domain.job import JobState
from automl_tl.domain.trial import TrialState
from automl_tl.store.sql import open_store

HERE = Path(__file__).parent


def test_two_processes_claim_two_hundred_jobs_none_twice(shared_place: Path | str) -> None:
    store = open_store(shared_place)
    added = [store.add_job(wanted(), tenant=TENANT).id for _ in range(200)]

    claimers = [_start("claiming_process.py", str(shared_place), name) for name in ("one", "two")]
    for claimer in claimers:  # both are connected before either begins
        assert claimer.stdout is not None and claimer.stdout.readline() == "ready\n"
    first = _each_told_to_go_on(claimers)  # both hold one before they race for the rest
    for claimer in claimers:
        assert claimer.stdin is not None
        claimer.stdin.close()
    rest = [claimer.stdout.read().split() for claimer in claimers if claimer.stdout is not None]

    assert sorted(first + rest[0] + rest[1]) == sorted(added)
    assert store.count_jobs()[JobState.SUCCEEDED] == 200
    store.close()


def test_two_processes_open_a_new_file_at_once(tmp_path: Path) -> None:
    place = tmp_path / "new" / "store.sqlite3"

    openers = [_start("claiming_process.py", str(place), str(n)) for n in range(2)]
    ends = [opener.communicate(input="go\n", timeout=WAIT_SECONDS)[0] for opener in openers]

    assert ends == ["ready\n"] * 2


def test_process_killed_amid_its_writes_leaves_whole_facts(file_store: Path) -> None:
    store = open_store(file_store)
    job = claimed(store).job

    acknowledged = -1
    for lines in (1, 17):
        writer = _start("writing_process.py", str(file_store), "")
        assert writer.stdout is not None
        for _ in range(lines):
            acknowledged = int(writer.stdout.readline())
        writer.kill()
        acknowledged = max([acknowledged, *map(int, writer.communicate(timeout=WAIT_SECONDS)[0].split())])

        trials = store.trials(job)
        assert [trial.number for trial in trials] == list(range(len(trials)))
        assert all(trial.state is TrialState.COMPLETE for trial in trials[: acknowledged + 1])
        for trial in trials:
            assert bool(trial.reports) == (trial.state is TrialState.COMPLETE)
        _check_events_tell_the_same(store.events(job=job), [t.number for t in trials if t.reports])
    store.close()


def _check_events_tell_the_same(events: tuple[object, ...], reported: list[int]) -> None:
    told = [e.data["number"] for e in events if e.kind is EventKind.TRIAL_REPORTED]  # type: ignore[attr-defined]
    assert told == reported


def _each_told_to_go_on(claimers: list[subprocess.Popen[str]]) -> list[str]:
    """One line to each, and what each then says."""
    for claimer in claimers:
        assert claimer.stdin is not None
        claimer.stdin.write("go\n")
        claimer.stdin.flush()
    return [claimer.stdout.readline().strip() for claimer in claimers if claimer.stdout is not None]


def _start(script: str, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(HERE / script), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
