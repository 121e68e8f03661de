"""``doctor`` says what works, and what to do where something does not."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from free_port import free_port

from automl_tl.cli.main import main
from automl_tl.domain.finding import Health
from automl_tl.registry import probe as registry
from automl_tl.settings import Settings
from automl_tl.store import probe as store
from automl_tl.store.schema import HEAD
from automl_tl.wiring.examination import examine
from automl_tl.zoo import probe as zoo


def test_a_whole_installation_is_well_and_the_home_stays_unmade(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "not" / "yet"

    with pytest.raises(SystemExit) as left:
        main(["doctor", "--home", str(home), "--json"])

    found = json.loads(capsys.readouterr().out)
    assert left.value.code == 0
    assert found["ok"] is True
    assert [f["what"] for f in found["findings"]] == [
        *("python", "home", "disk", "torch", "device", "ray", "store", "registry", "hub"),
    ]
    assert not home.parent.exists()


def test_a_home_that_cannot_be_written_is_bad_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    (found,) = [f for f in examine(Settings(home=tmp_path / "file")) if f.what == "home"]

    assert found.health is Health.BAD
    assert "--home" in found.advice


def test_a_registry_that_does_not_answer_is_bad_and_says_what_waits(tmp_path: Path) -> None:
    with free_port() as port:
        found = registry.probe(Settings(home=tmp_path, registry_url=f"http://127.0.0.1:{port}"))

    assert found.health is Health.BAD
    assert "decisions wait for it" in found.advice


def test_the_hub_is_asked_only_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with free_port() as port:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{port}")

        assert zoo.probe(online=False).health is Health.OK
        asked = zoo.probe(online=True)

    assert asked.health is Health.WARN
    assert "does not answer" in asked.found


@pytest.mark.parametrize(
    ("migration", "health", "told"),
    [
        (HEAD, Health.OK, "current"),
        ("0001", Health.OK, "migrated at the next start"),
        ("9999", Health.BAD, "9999"),
    ],
)
def test_the_store_is_looked_at_and_not_migrated(
    migration: str, health: Health, told: str, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path)
    with closing(sqlite3.connect(settings.folders.store)) as file:
        file.execute("CREATE TABLE alembic_version (version_num TEXT)")
        file.execute("INSERT INTO alembic_version VALUES (?)", (migration,))
        file.commit()

    found = store.probe(settings)

    assert (found.health, told in found.found) == (health, True)
    with closing(sqlite3.connect(settings.folders.store)) as file:
        assert file.execute("SELECT version_num FROM alembic_version").fetchall() == [(migration,)]


def test_a_store_that_cannot_be_reached_is_bad(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")

    found = store.probe(Settings(home=tmp_path, store_url=f"postgresql://nobody@/none?host={tmp_path}"))

    assert found.health is Health.BAD
    assert "AUTOML_TL_STORE_URL" in found.advice
