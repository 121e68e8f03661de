"""What each setting is here, as the command says it; and as its page does, for who did not set it."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from automl_tl.cli.main import cli
from automl_tl.cli.settings import written
from automl_tl.settings import Settings, variable_of

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "settings.md").read_text()
ROWS = dict(re.findall(r"^\| `(AUTOML_TL_\w+)` \| (.*?) \|", PAGE, flags=re.MULTILINE))
FIELDS = {variable_of(field): field for field in Settings.model_fields}


def said(*words: str) -> str:
    done = CliRunner().invoke(cli, ["settings", *words], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_the_page_has_a_row_for_each_setting_and_no_other() -> None:
    assert set(ROWS) == set(FIELDS)


@pytest.mark.parametrize("variable", sorted(set(FIELDS) - {"AUTOML_TL_HOME"}))
def test_the_default_on_the_page_is_the_code_s(variable: str, tmp_path: Path) -> None:
    assert ROWS[variable] == written(Settings(home=tmp_path), FIELDS[variable])


@pytest.mark.parametrize("written", ["/data, /other/{tenant}", '["/data", "/other/{tenant}"]'])
def test_folders_are_named_between_commas_or_in_json(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("AUTOML_TL_DATASET_ROOTS", written)

    assert Settings().dataset_roots == (Path("/data"), Path("/other/{tenant}"))


def test_what_was_set_is_told_from_a_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AUTOML_TL_HOME", str(tmp_path))
    monkeypatch.setenv("AUTOML_TL_RUNNING_JOBS", "3")
    monkeypatch.setenv("AUTOML_TL_HOSTNAMES", "one.example, two.example")

    found = json.loads(said("--json"))

    assert found["AUTOML_TL_HOME"] == {"value": str(tmp_path), "from": "option or environment"}
    assert found["AUTOML_TL_RUNNING_JOBS"] == {"value": 3, "from": "environment"}
    assert found["AUTOML_TL_HOSTNAMES"] == {"value": ["one.example", "two.example"], "from": "environment"}
    assert found["AUTOML_TL_PORT"] == {"value": 8787, "from": "default"}


def test_no_password_is_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AUTOML_TL_HOME", str(tmp_path))
    monkeypatch.setenv("AUTOML_TL_STORE_URL", "postgresql://anna:secret@db.example/automl")

    for shown in (said(), said("--json")):
        assert "postgresql://anna@db.example/automl" in shown
        assert "secret" not in shown
