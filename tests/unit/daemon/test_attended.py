"""A child that dies is started again; one that dies with its parent leaves nothing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from automl_tl.daemon import attended
from automl_tl.daemon.attended import Attended

WAIT_SECONDS = 10.0


def until(fact: Callable[[], object]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not fact():
        assert time.monotonic() < deadline, "it did not come to be in time"
        time.sleep(0.02)


def test_dead_child_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attended, "SHORTEST_PAUSE", 0.01)
    child = Attended(["sh", "-c", "echo up; sleep 60"], name="child", log=tmp_path / "log")
    child.start()
    until(lambda: child.pid)
    first = child.pid
    assert first is not None

    os.kill(first, signal.SIGKILL)

    until(lambda: child.pid != first)
    child.stop()
    assert child.pid is not None
    assert not psutil.pid_exists(child.pid)
    assert (tmp_path / "log").read_text().startswith("up\n")


def test_child_dies_with_its_parent_however_that_dies(tmp_path: Path) -> None:
    (tmp_path / "waiting.py").write_text("import sys; print(*sys.argv, flush=True); input()")
    program = """
import subprocess, time
from automl_tl.daemon.parent import child_command
child = subprocess.Popen(child_command("waiting", "a", "b"), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
assert child.stdout.readline().split()[1:] == [b"a", b"b"]
print(child.pid, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=tmp_path)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())

    parent.kill()
    parent.wait()
    parent.stdout.close()

    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
