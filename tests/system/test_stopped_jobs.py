"""A running job that is ended, paused or interrupted keeps what it has and can go on."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from patience import WAIT_SECONDS, has_ended, until
from real_daemon import SPACE, RealDaemon

from automl_tl.errors import Conflict, NotFound
from automl_tl.proof.digits import write_digits
from automl_tl.store.sql import open_store

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("stopped-jobs")]
LONG = ("--executor", "inline", "--max-trials", "300", "--time-budget", "1h")


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_digits(tmp_path_factory.mktemp("data") / "digits", limit=200)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[RealDaemon]:
    (tmp_path / "home").mkdir()
    daemon = RealDaemon(tmp_path / "home", environment={"AUTOML_TL_REGISTRY": "folder"})
    yield daemon
    daemon.end()


def command(home: Path, *words: object) -> list[str]:
    return [sys.executable, "-m", "automl_tl.cli.main", "--home", str(home), *map(str, words)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_paused_and_says_how_it_goes_on(
    tmp_path: Path, digits: Path, number: signal.Signals
) -> None:
    home = tmp_path / "home"
    (tmp_path / "space.toml").write_text(SPACE)
    process = subprocess.Popen(
        command(home, "run", digits, "--name", "n", "--space", tmp_path / "space.toml", *LONG, "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "AUTOML_TL_REGISTRY": "folder"},
    )
    try:
        assert process.stderr is not None
        told = next(line for line in process.stderr if "trial   0" in line)
        process.send_signal(number)
        out, err = process.communicate(timeout=WAIT_SECONDS)
    finally:
        process.kill()
    assert told and "Traceback" not in err
    assert process.returncode == 130
    error = json.loads(out)["error"]
    assert error["title"] == "interrupted"
    with closing(open_store(home / "store.sqlite3")) as store:
        (job,) = store.jobs()
        assert job.state == "paused"
        assert f"automl-tl jobs resume {job.id}" in error["detail"]
        assert any(trial.reports for trial in store.trials(job.id))


def test_a_demo_that_is_ended_takes_the_daemon_with_it_that_it_started(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "automl_tl.cli.demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "AUTOML_TL_DEMO_HOME": str(tmp_path / "home"), "AUTOML_TL_REGISTRY": "folder"},
    )
    try:
        assert process.stdout is not None
        told = next(line for line in process.stdout if "The daemon listens" in line)
        started = psutil.Process(process.pid).children(recursive=True)
        for _ in range(3):  # as who ends a process group does, and each process of it hands on
            process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=WAIT_SECONDS)
    finally:
        process.kill()

    assert told and started and process.returncode == 130
    assert err == "automl-tl: interrupted: the command was ended before it was done\n"
    until(lambda: all(has_ended(child.pid) for child in started), what="the end of all that it started")


def test_a_running_job_obeys_cancel_pause_resume_and_retry(daemon: RealDaemon, digits: Path) -> None:
    with closing(daemon.client()) as client:
        options = {"space": SPACE, "executor": "inline", "max_trials": 300, "time_budget": "1h"}
        job = str(client.submit(dataset=digits, name="n", **options)["job"])

        def ask(*words: object) -> tuple[int, dict[str, object]]:
            done = subprocess.run(
                command(daemon.home.root, *words, "--json"),
                capture_output=True,
                text=True,
                timeout=WAIT_SECONDS,
                check=False,
            )
            assert "Traceback" not in done.stderr
            return done.returncode, json.loads(done.stdout)

        def reported() -> int:
            return sum(1 for trial in client.trials(job)["trials"] if trial["value"] is not None)

        def is_now(state: str) -> None:
            until(lambda: client.job(job)["state"] == state, what=state)

        until(lambda: reported() >= 1, what="a first report")
        assert ask("jobs", "retry", job)[0] == 2  # it runs
        assert ask("jobs", "pause", job)[0] == 0
        is_now("paused")
        kept = reported()
        assert ask("jobs", "resume", job)[0] == 0
        until(lambda: reported() > kept, what="a further report")
        assert ask("jobs", "cancel", job)[0] == 0
        is_now("cancelled")
        assert client.retry(job)["state"] == "queued"
        assert client.cancel(job)["job"] == job
        outcome = client.wait(job)
        assert (outcome["state"], outcome["name"]) == ("cancelled", "n")

        status, found = ask("jobs", "show", "j-nowhere")
        assert (status, found["error"]["title"]) == (2, "not found")  # type: ignore[index]
        for verb in (client.cancel, client.pause, client.resume, client.retry):
            with pytest.raises(NotFound):
                verb("j-nowhere")
        with pytest.raises(Conflict):
            client.resume(job)  # it is cancelled, not paused
        again = RealDaemon(daemon.home.root, environment={})
        assert again.process.wait(WAIT_SECONDS) == 2  # this home has its daemon
        daemon.stop()
