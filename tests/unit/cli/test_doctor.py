"""``doctor`` says what works, and what to do where something does not."""

import json
from pathlib import Path

import pytest

from automl_tl.cli.main import main
from automl_tl.domain.finding import Health
from automl_tl.settings import Settings
from automl_tl.wiring.examination import examine


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
        *("python", "home", "disk", "torch", "device", "ray", "registry", "hub"),
    ]
    assert not home.parent.exists()


def test_a_home_that_cannot_be_written_is_bad_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    (found,) = [f for f in examine(Settings(home=tmp_path / "file")) if f.what == "home"]

    assert found.health is Health.BAD
    assert "--home" in found.advice
