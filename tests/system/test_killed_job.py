"""The real pipeline, killed at five points with SIGKILL, ends with the rows of an unbroken run."""

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from numbers_job import canonical_rows
from patience import WAIT_SECONDS, until

from automl_tl.domain.job import DEFAULT_TENANT, JobState, Phase
from automl_tl.proof.digits import write_digits
from automl_tl.registry.folder import FolderRegistry
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.store.sql import open_store
from automl_tl.wiring.adapters import reconcile_turn

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("killed-job")]

NAME = "digits"
SPACE = """
[space]
name = "two"
max_epochs = 3
[[candidate]]
source = "embedded:tiny_efficientnet"
[[candidate]]
source = "embedded:tiny_resnet"
"""


class Runners:
    """Runs ``automl-tl`` in processes that a warm one forks."""

    def __init__(self, log: Path, folder: Path) -> None:
        here = Path(__file__).parent
        settings = {
            "AUTOML_TL_REGISTRY": "folder",
            "AUTOML_TL_THREADS_PER_WORKER": "1",
            "OMP_NUM_THREADS": "1",
        }
        self._process = subprocess.Popen(
            [sys.executable, str(here / "warm_runner.py"), str(log)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | settings,
        )
        self._dataset = write_digits(folder / "digits", limit=300)
        self._space = folder / "two.toml"
        self._space.write_text(SPACE)

    def run(self, home: Path) -> int:
        """Start a job on that home; the runner's pid."""
        # log loss, for ties on retest go to the quicker, and which one that is no two runs agree on
        options = ["--max-trials", "4", "--executor", "inline", "--metric", "log_loss", "--json"]
        words = ["--home", str(home), "run", str(self._dataset), "--name", NAME]
        return self._ask([*words, "--space", str(self._space), *options])

    def resume(self, home: Path) -> int:
        """Take up the job that a dead runner left; the runner's pid."""
        return self._ask(["resume", str(home)])

    def status(self) -> int:
        """How the runner ended, once it has."""
        return int(self._line())

    def close(self) -> None:
        """End the warm process; its runner, if one is left, dies with the test."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(WAIT_SECONDS)

    def _ask(self, words: list[str]) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        return int(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@pytest.fixture(scope="module")
def runners(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runners]:
    folder = tmp_path_factory.mktemp("killed")
    with closing(Runners(folder / "log.txt", folder)) as runners:
        yield runners


@pytest.fixture(scope="module")
def unbroken(runners: Runners, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("unbroken")
    runners.run(home)
    assert runners.status() == 0
    return rows(home)


def rows(home: Path) -> dict[str, Any]:
    with closing(open_store(home / "store.sqlite3")) as store:
        (job,) = store.jobs()
        found = canonical_rows(store, FolderRegistry(home / "registry"), job=job.id, name=NAME)
        decided = store.decision(job.id)
        assert decided is not None
        return {**found, "model": decided.digest, "trial": decided.lineage["trial"]}


def reported(store: Store, job: str) -> int:
    return sum(bool(trial.reports) for trial in store.trials(job))


POINTS: dict[str, Callable[[Store, str], bool]] = {
    "phase search entered": lambda store, job: store.job(job).phase is Phase.SEARCH,
    "first trial reported": lambda store, job: reported(store, job) >= 1,
    "third trial reported": lambda store, job: reported(store, job) >= 3,
    "test opened": lambda store, job: store.openings(tenant=DEFAULT_TENANT, name=NAME) == 1,
    "decided": lambda store, job: store.decision(job) is not None,
}


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_job_ends_with_the_rows_and_the_model_of_an_unbroken_one(
    point: str, runners: Runners, unbroken: dict[str, Any], tmp_path: Path
) -> None:
    with closing(open_store(tmp_path / "store.sqlite3")) as store:
        with ExitStack() as held:
            # However late we look, it has not ended: the registry waits for its turn until then.
            turn = reconcile_turn(Settings(home=tmp_path))
            turn.parent.mkdir(parents=True)
            fcntl.flock(held.enter_context(turn.open("w")), fcntl.LOCK_EX)
            runner = runners.run(tmp_path)
            until(lambda: any(POINTS[point](store, job.id) for job in store.jobs()), what=point)
            os.kill(runner, signal.SIGKILL)
            assert runners.status() == -signal.SIGKILL
        (job,) = store.jobs()
        assert job.state is JobState.RUNNING

        runners.resume(tmp_path)

        assert runners.status() == 0
        assert store.job(job.id).attempts == 2
    assert rows(tmp_path) == unbroken
