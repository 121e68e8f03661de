"""What a person reads of a schedule, asked of an app over a real store."""

import json
from collections.abc import Iterator
from pathlib import Path

import played_job
import pytest
from click.testing import CliRunner, Result
from served import app_over, served, write_address

from automl_tl.cli.main import cli
from automl_tl.cli.summary import print_outcome
from automl_tl.domain.job import DEFAULT_TENANT
from automl_tl.domain.schedule import Ending, Taken
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.store.sql import open_store


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("schedule") / "home"
    (home / "flowers" / "daisy").mkdir(parents=True)
    return home


@pytest.fixture(scope="module")
def store(home: Path) -> Iterator[Store]:
    store = open_store(home / "store.sqlite3")
    with served(app_over(store, Settings(home=home))) as url:
        write_address(home, url)
        yield store
    store.close()


def call(home: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["--home", str(home), "schedule", *words])


def test_a_schedule_from_its_first_word_to_its_removal(home: Path, store: Store) -> None:
    assert call(home, "list").output.startswith("no schedule yet; automl-tl schedule add NAME")
    words = ("--dataset", str(home / "flowers"), "--cron", "0 2 * * *", "--timezone", "Europe/Zurich")

    added = call(home, "add", "flowers", *words, "--jitter", "10m", "--blackout", "Sat,Sun 00:00-24:00")

    assert added.exit_code == 0, added.output
    said = [line.split(maxsplit=1) for line in added.output.splitlines()]
    assert said[0] == ["flowers", "0 2 * * *  Europe/Zurich"]
    assert ["jitter", "up to 10m 00s"] in said and ["blackouts", "Sat,Sun 00:00-24:00"] in said
    (row,) = json.loads(call(home, "list", "--json").output)["schedules"]
    assert (row["schedule"], row["name"], row["paused"]) == ("flowers", "flowers", False)
    assert "0 2 * * *  Europe/Zurich  " in call(home, "list").output
    assert "paused" in call(home, "pause", "flowers").output
    assert "paused" not in call(home, "resume", "flowers").output
    assert "is queued; automl-tl jobs watch j-" in call(home, "run-now", "flowers").output
    assert store.jobs()[0].request.name == "flowers"
    assert call(home, "remove", "flowers").output == "flowers is removed; its jobs stay\n"


def test_history_is_a_line_a_night(home: Path, store: Store) -> None:
    words = ("--dataset", str(home / "flowers"), "--cron", "0 2 * * *", "--name", "digits")
    assert call(home, "add", "nightly", *words).exit_code == 0
    schedule = store.schedule(tenant=DEFAULT_TENANT, name="nightly")
    slot = schedule.slot
    assert slot is not None
    taken = Taken(occurrence=slot.occurrence, passed=2, is_late=True, why="no daemon was running at its time")
    night = store.take_occurrence(schedule, taken, request=played_job.request(), after=slot)
    assert night is not None
    lease = store.claim(holder="runner", lease_seconds=60, job=str(night.job))
    assert lease is not None
    played_job.finish(store, lease, played_job.prove(store, lease))
    asked = Taken(occurrence=slot.occurrence + 86400, ending=Ending.UNCHANGED, why="nothing was written")
    schedule = store.schedule(tenant=DEFAULT_TENANT, name="nightly")
    store.take_occurrence(schedule, asked, request=None, after=slot)

    shown = call(home, "show", "nightly")

    assert shown.exit_code == 0, shown.output
    *_, newest, before, _, last = shown.output.splitlines()
    assert newest.split()[3:] == ["unchanged"]
    assert before.split()[3:7] == ["promote,", "late,", "2", "missed"]
    assert "none → 1" in before and "0.9760" in before
    assert last == "  the last: nothing was written"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "x", "--cron", "often", "--dataset", "flowers"), "does not exist"),
        (("show", "nobody"), "there is no schedule nobody"),
        (("run-now", "nobody"), "there is no schedule nobody"),
    ],
)
def test_what_went_wrong_is_one_sentence(home: Path, store: Store, words: tuple[str, ...], said: str) -> None:
    failed = call(home, *words)

    assert said in str(failed.exception)


def test_a_job_that_found_the_data_unchanged_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = {
        "state": "succeeded",
        "decision": "unchanged",
        "name": "n",
        "reason": "it is",
        "seconds": 3.0,
    }

    print_outcome(outcome)

    assert capsys.readouterr().out.split() == ["UNCHANGED", "n", "it", "is", "time", "3", "s"]
