"""Temporary folders go with their process, or with the next one that wants one."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from patience import WAIT_SECONDS

from automl_tl.upkeep.temporary import temporary_folder

KILLED = """
import sys
from automl_tl.upkeep.temporary import temporary_folder
with temporary_folder("ours-") as folder:
    (folder / "large").write_bytes(b"1" * 1000)
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def aged(folder: Path) -> Path:
    os.utime(folder / ".alive", (0, 0))
    return folder


def test_a_folder_is_gone_after_its_block(temp: Path) -> None:
    with temporary_folder("ours-") as folder:
        (folder / "file").touch()

    assert list(temp.iterdir()) == []


def test_what_a_killed_process_left_goes_and_what_is_used_or_somebody_elses_stays(temp: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    used = aged(Path(process.stdout.readline().strip()))
    (temp / "ours-theirs").mkdir()

    with temporary_folder("ours-"):
        assert used.is_dir()
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=WAIT_SECONDS)
    with temporary_folder("ours-"):
        assert used.is_dir() is False

    assert [path.name for path in temp.iterdir()] == ["ours-theirs"]


def test_a_folder_that_was_made_just_now_is_left_to_its_maker(temp: Path) -> None:
    (temp / "ours-2").mkdir()
    (temp / "ours-2" / ".alive").touch()

    with temporary_folder("ours-"):
        assert (temp / "ours-2").is_dir()
