"""The product talks to nobody: whole jobs, with every socket beyond loopback refused and written down."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from patience import WAIT_SECONDS
from real_daemon import SPACE

from automl_tl.proof.digits import write_digits

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("daemon")]

# Every Python process below this one reads it as it starts, Ray's workers among them.
BLOCKER = """
import ipaddress, os, socket

def is_near(host):
    if host in (None, "", b"", "localhost", socket.gethostname()):
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host).is_loopback
    except ValueError:
        return False

def checked(original, place):
    def call(*arguments, **named):
        address = arguments[place]
        host = address[0] if isinstance(address, tuple) else address
        is_local = place and arguments[0].family not in (socket.AF_INET, socket.AF_INET6)
        if not is_local and not is_near(host):
            with open(os.environ["ATTEMPTS"], "a") as attempts:
                attempts.write(f"{original.__name__} {address}\\n")
            raise OSError(f"the network is blocked: {address}")
        return original(*arguments, **named)
    return call

def checked_send(original):
    def call(self, data, *more):
        if more and isinstance(more[-1], tuple):
            checked(lambda *_: None, 1)(self, more[-1])
        return original(self, data, *more)
    return call

class Socket(socket.socket):
    connect = checked(socket.socket.connect, 1)
    connect_ex = checked(socket.socket.connect_ex, 1)
    sendto = checked_send(socket.socket.sendto)

socket.socket = Socket
socket.getaddrinfo = checked(socket.getaddrinfo, 0)
socket.gethostbyname = checked(socket.gethostbyname, 0)
with open(os.environ["ATTEMPTS"] + ".blocked", "a") as blocked:
    blocked.write(f"{os.getpid()}\\n")
"""
# Without what the tests' own set-up says: the product has to be silent by itself.
SILENCERS = ("DO_NOT_TRACK", "HF_", "MLFLOW_", "RAY_", "TRANSFORMERS_OFFLINE")


@pytest.fixture
def blocked(tmp_path: Path) -> dict[str, str]:
    """The environment of a process that reaches loopback alone."""
    (tmp_path / "blocker").mkdir()
    (tmp_path / "blocker" / "sitecustomize.py").write_text(BLOCKER)
    (tmp_path / "attempts").touch()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SILENCERS)}
    return {
        **kept,
        "PYTHONPATH": str(tmp_path / "blocker"),
        "ATTEMPTS": str(tmp_path / "attempts"),
        "AUTOML_TL_WORKERS": "1",
    }


def test_the_blocker_blocks_and_writes_down(blocked: dict[str, str], tmp_path: Path) -> None:
    program = "import urllib.request as u; u.urlopen('http://192.0.2.1/', timeout=1)"

    ended = subprocess.run([sys.executable, "-c", program], env=blocked, capture_output=True, text=True)

    assert "the network is blocked" in ended.stderr
    assert "192.0.2.1" in (tmp_path / "attempts").read_text()


@pytest.mark.parametrize(("executor", "registry"), [("inline", "folder"), ("ray", "mlflow")])
def test_a_job_promotes_without_asking_for_anybody_beyond_loopback(
    executor: str, registry: str, blocked: dict[str, str], tmp_path: Path
) -> None:
    digits = write_digits(tmp_path / "digits", limit=300)
    (tmp_path / "two.toml").write_text(SPACE)
    options = ["--space", str(tmp_path / "two.toml"), "--max-trials", "2", "--executor", executor, "--json"]
    words = ["--home", str(tmp_path / "home"), "run", str(digits), "--name", "digits", *options]

    ended = subprocess.run(
        [sys.executable, "-m", "automl_tl.cli.main", *words],
        env={**blocked, "AUTOML_TL_REGISTRY": registry},
        capture_output=True,
        text=True,
        timeout=2 * WAIT_SECONDS,
    )

    assert ended.returncode == 0, ended.stderr
    outcome = json.loads(ended.stdout)
    assert (outcome["decision"], outcome["champion_version"]) == ("promote", 1)
    assert (tmp_path / "attempts").read_text() == ""
    processes = len((tmp_path / "attempts.blocked").read_text().split())
    assert processes == 1 if executor == "inline" else processes > 3  # keeper, Ray's own, workers
