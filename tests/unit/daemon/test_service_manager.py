"""systemd's notify protocol, heard at a real datagram socket."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from patience import WAIT_SECONDS

from automl_tl.daemon.service_manager import ServiceManager


@contextmanager
def manager_at(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(address)
        heard.settimeout(WAIT_SECONDS)
        yield heard


def test_what_is_said_comes_as_one_datagram_each(tmp_path: Path) -> None:
    with manager_at(str(tmp_path / "notify")) as heard:
        manager = ServiceManager(str(tmp_path / "notify"))

        manager.ready("listens on http://127.0.0.1:8787")
        manager.stopping()

        assert heard.recv(4096) == b"READY=1\nSTATUS=listens on http://127.0.0.1:8787"
        assert heard.recv(4096) == b"STOPPING=1\nSTATUS=stopping"


def test_an_abstract_address_is_spoken_to() -> None:
    name = f"automl-tl-test-{os.getpid()}"
    with manager_at(f"\0{name}") as heard:
        ServiceManager(f"@{name}").stopping()

        assert heard.recv(4096).startswith(b"STOPPING=1")


def test_it_is_said_to_be_well_again_and_again_only_while_it_is(tmp_path: Path) -> None:
    wells = iter((True, False, True))
    is_over = threading.Event()

    def is_well() -> bool:
        found = next(wells, None)
        if found is None:
            is_over.set()
        return bool(found)

    with manager_at(str(tmp_path / "notify")) as heard:
        manager = ServiceManager(str(tmp_path / "notify"), watchdog_seconds=0.03)
        with manager.watching(is_well):
            assert is_over.wait(WAIT_SECONDS)

        assert [heard.recv(4096), heard.recv(4096)] == [b"WATCHDOG=1"] * 2
        heard.setblocking(False)
        with pytest.raises(BlockingIOError):
            heard.recv(4096)


def test_the_environment_is_read_once_and_not_handed_on() -> None:
    environment = {
        "NOTIFY_SOCKET": "/run/notify",
        "WATCHDOG_USEC": "30000000",
        "WATCHDOG_PID": str(os.getpid()),
    }

    assert ServiceManager.of(environment).watchdog_seconds == 30
    assert environment == {}


@pytest.mark.parametrize(
    "environment",
    [
        {"WATCHDOG_USEC": "30000000"},
        {"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"},
        {"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "soon"},
        {"NOTIFY_SOCKET": "/run/notify"},
    ],
    ids=["no socket", "somebody else is meant", "no number", "not watched"],
)
def test_a_watchdog_that_is_not_for_us_is_not_fed(environment: dict[str, str]) -> None:
    assert ServiceManager.of(environment).watchdog_seconds is None


def test_a_manager_that_is_gone_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ServiceManager(str(tmp_path / "gone")).ready("up")

    assert "does not listen" in caplog.text
