"""Quotas are granted on the daemon's own machine, and shown with what is used of them."""

import json
from pathlib import Path

import pytest

from automl_tl.cli.main import main
from automl_tl.domain.audit import Wanted
from automl_tl.settings import Settings
from automl_tl.wiring.opened_store import opened_store


def call(home: Path, *words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["--home", str(home), "quota", *words])
    assert isinstance(left.value.code, int)
    return left.value.code


def test_a_granted_quota_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(tmp_path, "set", "vision", "--running-jobs", "2", "--compute-seconds", "1h30m") == 0
    assert "0 of 2" in capsys.readouterr().out

    assert call(tmp_path, "list", "--json") == 0

    (row,) = json.loads(capsys.readouterr().out)["tenants"]
    assert row == {
        "tenant": "vision",
        "running_jobs": 2,
        "compute_seconds": 5400.0,
        "running": 0,
        "used_seconds": 0.0,
    }


def test_what_is_not_said_is_as_the_settings_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOML_TL_TENANT_RUNNING_JOBS", "3")
    call(tmp_path, "set", "vision", "--running-jobs", "2")
    call(tmp_path, "set", "vision")

    call(tmp_path, "list")

    assert "0 of 3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("Vision",), "expected 1 to 63 of a-z"),
        (("vision", "--compute-seconds", "soon"), "--compute-seconds: "),
    ],
)
def test_bad_input_gets_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert call(tmp_path, "set", *words) == 2

    assert said in capsys.readouterr().err


def test_a_grant_is_in_the_audit_log(tmp_path: Path) -> None:
    call(tmp_path, "set", "vision", "--running-jobs", "2")

    with opened_store(Settings(home=tmp_path)) as store:
        (noted,) = store.deeds(Wanted(action="quota set"))

    assert (noted.deed.tenant, noted.deed.target) == ("vision", "running_jobs 2")
    assert noted.deed.who.startswith("user ")
