"""Every command and every line of Python in the guide on training every night does what it says."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from served import app_over, served, write_address
from shown import blocks, commands

from automl_tl.cli.main import cli
from automl_tl.domain.job import DEFAULT_TENANT, Wish
from automl_tl.domain.schedule import Ending
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.store.sql import open_store

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "nightly.md").read_text()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store of the daemon that the reader asks, from a folder with the guide's data."""
    (tmp_path / "flowers" / "daisy").mkdir(parents=True)
    (tmp_path / "shop.csv").write_text("text,label\nall is well,a\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTOML_TL_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    store = open_store(tmp_path / "home" / "store.sqlite3")
    with served(app_over(store, Settings(home=tmp_path / "home"))) as url:
        write_address(tmp_path / "home", url)
        yield store
    store.close()


def test_every_command_of_the_guide_works_in_its_order(store: Store) -> None:
    for words in commands(GUIDE, "automl-tl"):
        done = CliRunner().invoke(cli, words)
        assert done.exit_code == 0, (words, done.output, done.exception)

    (left,) = store.schedules()
    assert (left.name, left.rule.jitter_seconds, len(left.rule.blackouts)) == ("shop", 1200.0, 2)
    (job,) = store.jobs()
    assert job.request.name == "flowers"


def test_the_python_of_the_guide_works(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = blocks(GUIDE, "python")
    exec(compile(block, "guide", "exec"), {})  # noqa: S102  # our own page
    schedule = store.schedule(tenant=DEFAULT_TENANT, name="flowers")
    store.wish(str(store.run_now(schedule, request=schedule.request).job), Wish.CANCEL)

    exec(compile(block, "guide", "exec"), {})  # noqa: S102

    assert capsys.readouterr().out == "cancelled None\n"


def test_the_guide_names_every_ending() -> None:
    for ending in Ending:
        assert f"`{ending}`" in GUIDE
