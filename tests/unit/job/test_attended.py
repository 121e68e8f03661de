"""A child that dies is started again; one that dies with its parent leaves nothing."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from patience import has_ended, until

from automl_tl.job import attended
from automl_tl.job.attended import Attended


def test_dead_child_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attended, "SHORTEST_PAUSE", 0.01)
    child = Attended(["sh", "-c", "echo up; sleep 60"], name="child", log=tmp_path / "log")
    child.start()
    log = tmp_path / "log"
    until(lambda: child.pid and log.read_text() == "up\n", what="a child that speaks")
    first = child.pid
    assert first is not None

    os.kill(first, signal.SIGKILL)

    until(lambda: child.pid != first and log.read_text() == "up\n" * 2, what="another child")
    child.stop()
    assert child.pid is not None
    assert has_ended(child.pid)


def test_a_child_that_does_not_stop_is_ended_at_once_when_told(tmp_path: Path) -> None:
    deaf = Attended(
        ["sh", "-c", "trap '' TERM; echo up; while :; do sleep 60; done"], name="deaf", log=tmp_path / "log"
    )
    deaf.start()
    until(lambda: deaf.pid and (tmp_path / "log").read_text() == "up\n", what="a child that speaks")
    stopping = threading.Thread(target=deaf.stop)
    stopping.start()
    stopping.join(0.3)
    assert stopping.is_alive()  # it waits for the child, which does not hear

    begun = time.monotonic()
    deaf.stop_now()
    stopping.join()

    assert time.monotonic() - begun < attended.STOP_SECONDS / 2
    assert deaf.pid is not None
    assert has_ended(deaf.pid)


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

    until(lambda: has_ended(pid), what="the child's end")
