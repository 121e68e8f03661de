"""The product talks to nobody: a whole job, with every socket beyond loopback refused and written down.

A daemon's job on Ray is watched in the same way by ``test_main_job``.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from blocked_network import BlockedNetwork, blocked_network
from patience import WAIT_SECONDS
from real_daemon import SPACE

from automl_tl.proof.digits import write_digits

pytestmark = pytest.mark.slow


@pytest.fixture
def network(tmp_path: Path) -> BlockedNetwork:
    return blocked_network(tmp_path)


def test_the_blocker_blocks_and_writes_down(network: BlockedNetwork) -> None:
    program = "import urllib.request as u; u.urlopen('http://192.0.2.1/', timeout=1)"

    ended = subprocess.run(
        [sys.executable, "-c", program], env=network.environment, capture_output=True, text=True
    )

    assert "the network is blocked" in ended.stderr
    assert "192.0.2.1" in network.attempts()


def test_a_job_promotes_without_asking_for_anybody_beyond_loopback(
    network: BlockedNetwork, tmp_path: Path
) -> None:
    digits = write_digits(tmp_path / "digits", limit=300)
    (tmp_path / "two.toml").write_text(SPACE)
    options = ["--space", str(tmp_path / "two.toml"), "--max-trials", "2", "--executor", "inline", "--json"]
    words = ["--home", str(tmp_path / "home"), "run", str(digits), "--name", "digits", *options]

    ended = subprocess.run(
        [sys.executable, "-m", "automl_tl.cli.main", *words],
        env={**network.environment, "AUTOML_TL_REGISTRY": "mlflow"},
        capture_output=True,
        text=True,
        timeout=2 * WAIT_SECONDS,
    )

    assert ended.returncode == 0, ended.stderr
    outcome = json.loads(ended.stdout)
    assert (outcome["decision"], outcome["champion_version"]) == ("promote", 1)
    assert network.attempts() == ""
    assert network.processes() == 1
