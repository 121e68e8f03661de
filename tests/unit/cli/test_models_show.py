"""What a person reads after somebody else was at the registry."""

from pathlib import Path

import played_job
import pytest
from click.testing import CliRunner

from automl_tl.champions.alignment import CHAMPION
from automl_tl.champions.reconciler import reconcile
from automl_tl.cli.main import cli
from automl_tl.domain.gate import Outcome
from automl_tl.registry.folder import FolderRegistry
from automl_tl.settings import Settings
from automl_tl.wiring.adapters import store_of


@pytest.fixture
def registry(tmp_path: Path) -> FolderRegistry:
    return FolderRegistry(Settings(home=tmp_path).folders.registry)


@pytest.fixture
def home(tmp_path: Path, registry: FolderRegistry) -> Path:
    """A home with one champion, version 1, and a stranger's version 2."""
    store = store_of(Settings(home=tmp_path))
    played_job.play_job(store)
    (decided,) = store.versions(tenant="default", name="digits")
    for decision in (decided.id, "d-stranger"):
        artifact = tmp_path / decision
        artifact.mkdir()
        (artifact / "model.json").write_text("{}")
        registry.register(name="digits", artifact=artifact, decision=decision, tags={})
    reconcile(store, registry)
    store.close()
    return tmp_path


def shown(home: Path, registry: FolderRegistry) -> str:
    """What ``models show`` says after the next reconciliation."""
    store = store_of(Settings(home=home))
    reconcile(store, registry)
    store.close()
    return CliRunner().invoke(cli, ["--home", str(home), "models", "show", "digits"]).output


def test_a_strangers_champion_is_said_to_be_one(home: Path, registry: FolderRegistry) -> None:
    registry.point("digits", alias=CHAMPION, version=2)

    said = shown(home, registry)

    assert said.startswith("digits  champion: version 2 (moved by hand)\nheld (somebody pointed the alias at")
    assert "automl-tl models unhold digits" in said


def test_an_alias_that_was_taken_away_is_said_to_be(home: Path, registry: FolderRegistry) -> None:
    registry.point("digits", alias=CHAMPION, version=None)

    said = shown(home, registry)

    assert said.startswith("digits  champion: none (moved by hand)\nheld (somebody took the alias away")


def test_a_deleted_version_is_said_to_be_gone(home: Path, registry: FolderRegistry) -> None:
    folder = registry.fetch("digits", 1)
    (folder / "model.json").unlink()
    folder.rmdir()
    folder.with_name("1.json").unlink()

    said = shown(home, registry)

    assert "held (somebody deleted version 1 in the registry" in said
    assert "version 1 (gone from the registry)  promote" in said


def test_a_refused_challenger_has_no_version(home: Path, registry: FolderRegistry) -> None:
    store = store_of(Settings(home=home))
    lease = played_job.begin(store)
    played_job.check(store, lease)
    played_job.search(store, lease)
    played_job.prove(store, lease, outcome=Outcome.REFUSE)
    store.close()

    said = shown(home, registry)

    assert "no version  refuse" in said and "being registered" not in said


def test_what_is_done_without_a_daemon_is_in_the_log_too(home: Path) -> None:
    held = CliRunner().invoke(cli, ["--home", str(home), "models", "hold", "digits", "--reason", "audit"])

    log = CliRunner().invoke(cli, ["--home", str(home), "audit", "--action", "hold"]).output

    assert held.exit_code == 0
    assert "models hold" in log
    assert "user " in log
    assert "digits" in log
