"""A home has one daemon, and tells its owner alone how to reach it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from automl_tl.errors import HomeInUse
from automl_tl.job.premises import announced, occupied, token_of
from automl_tl.settings import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(root=tmp_path)


def test_second_daemon_is_refused_and_told_who_the_first_is(home: Home) -> None:
    with (
        occupied(home),
        pytest.raises(HomeInUse, match=f"process {os.getpid()} is the daemon"),
        occupied(home),
    ):
        pass


def test_home_is_free_once_its_daemon_has_died(home: Home) -> None:
    program = f"""
import os
from pathlib import Path
from automl_tl.job.premises import occupied
from automl_tl.settings import Home
with occupied(Home(root=Path({str(home.root)!r}))):
    os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 9

    with occupied(home):
        assert (home.run / "daemon.lock").read_text() == str(os.getpid())


def test_address_is_announced_while_it_answers(home: Home) -> None:
    with occupied(home):
        with announced(home, "http://127.0.0.1:1"):
            assert json.loads((home.run / "daemon.json").read_text()) == {
                "url": "http://127.0.0.1:1",
                "pid": os.getpid(),
            }

        assert not (home.run / "daemon.json").exists()


def test_token_stays_and_is_its_owners_alone(home: Home) -> None:
    home.run.mkdir()

    token = token_of(home)

    assert len(token) > 30
    assert token_of(home) == token
    assert (home.run / "token").stat().st_mode & 0o777 == 0o600
