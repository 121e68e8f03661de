"""Files are written whole or not at all."""

import subprocess
import sys
from pathlib import Path

import pytest

from automl_tl.data.disk import replaced


def test_file_is_replaced_whole_or_stays(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "a.json"
    with replaced(path) as file:
        file.write(b"old")

    with pytest.raises(RuntimeError), replaced(path) as file:
        file.write(b"half of the n")
        raise RuntimeError

    assert path.read_bytes() == b"old"
    assert [p.name for p in path.parent.iterdir()] == ["a.json"]


def test_disk_that_fills_up_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    program = (
        "import resource, sys, pathlib\n"
        "from automl_tl.data.disk import replaced\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))\n"
        "with replaced(pathlib.Path(sys.argv[1])) as file:\n"
        "    file.write(bytes(1000))"
    )
    path = tmp_path / "folder" / "train.u8"

    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True)

    assert f"DiskFull: no room left on the disk to write {path}" in done.stderr
    assert list(path.parent.iterdir()) == []
