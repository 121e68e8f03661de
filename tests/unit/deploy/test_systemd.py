"""The systemd unit, judged by systemd's own program."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from deployment import DEPLOY

UNIT = DEPLOY / "systemd" / "automl-tl.service"
# Of ten; systemd calls what is below 2 "ok" in green. What is left is named, with reasons, in the unit.
MOST_EXPOSED = 16


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit as it would be installed, but that its program is the one that runs these tests."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    text = UNIT.read_text()
    assert "ExecStart=/opt/automl-tl/bin/automl-tl serve\n" in text
    place = tmp_path / UNIT.name
    place.write_text(text.replace("/opt/automl-tl/bin", str(Path(sys.executable).parent)))
    return place


def analyze(*words: str) -> str:
    done = subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("drop_in", [None, "gpu.conf", "offline.conf"])
def test_systemd_has_nothing_to_say_about_the_unit(unit: Path, drop_in: str | None) -> None:
    if drop_in is not None:
        folder = unit.with_name(f"{unit.name}.d")
        folder.mkdir()
        shutil.copy(UNIT.with_name(drop_in), folder)

    assert analyze("verify", "--man=no", str(unit)) == ""


def test_little_is_exposed(unit: Path) -> None:
    said = analyze("security", "--offline=yes", "--no-pager", f"--threshold={MOST_EXPOSED}", str(unit))

    assert "Overall exposure level" in said


def test_it_waits_for_a_stop_as_long_as_the_image_does() -> None:
    found = re.search(r"^TimeoutStopSec=(\d+s)$", UNIT.read_text(), flags=re.MULTILINE)

    assert found is not None
    assert f"stop_grace_period: {found[1]}" in (DEPLOY / "compose.yaml").read_text()


def test_the_daemon_speaks_the_protocol_that_the_unit_expects() -> None:
    lines = UNIT.read_text().splitlines()

    assert "Type=notify" in lines
    assert any(line.startswith("WatchdogSec=") for line in lines)


def test_the_units_user_is_made_by_systemds_own_program(tmp_path: Path) -> None:
    if shutil.which("systemd-sysusers") is None:
        pytest.skip("systemd-sysusers is not installed")
    (tmp_path / "etc").mkdir()
    command = ["systemd-sysusers", f"--root={tmp_path}", str(UNIT.with_name("sysusers.conf"))]

    subprocess.run(command, check=True)

    (line,) = (tmp_path / "etc" / "passwd").read_text().splitlines()
    name, *_, home, _shell = line.split(":")
    assert (f"User={name}" in UNIT.read_text(), home) == (True, "/var/lib/automl-tl")
