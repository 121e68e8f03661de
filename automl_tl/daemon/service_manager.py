"""The service manager that started this process, told how it fares (systemd's notify protocol)."""

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Self

logger = logging.getLogger(__name__)

_SHARE = 3  # of the time after which the manager would act, tell it so many times


class ServiceManager:
    """One datagram a fact, to the socket that the manager named; where it named none, nothing is said.

    See sd_notify(3). What cannot be said is logged: it never stops the daemon.
    """

    def __init__(self, address: str | None, *, watchdog_seconds: float | None = None) -> None:
        self._address = address
        self.watchdog_seconds = watchdog_seconds

    @classmethod
    def of(cls, environment: MutableMapping[str, str]) -> Self:
        """The manager that the environment names, whose variables are taken out: no child speaks for us."""
        address = environment.pop("NOTIFY_SOCKET", "") or None
        microseconds = environment.pop("WATCHDOG_USEC", "")
        meant = environment.pop("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        is_watched = address is not None and meant and microseconds.isdecimal() and int(microseconds) > 0
        return cls(address, watchdog_seconds=int(microseconds) / 1e6 if is_watched else None)

    def ready(self, status: str) -> None:
        """Everything is up; ``status`` is one line for people."""
        self._say("READY=1", f"STATUS={status}")

    def stopping(self) -> None:
        """It was told to stop, and does."""
        self._say("STOPPING=1", "STATUS=stopping")

    @contextmanager
    def watching(self, is_well: Callable[[], bool]) -> Iterator[None]:
        """While the block runs, say in time that all is well, as long as ``is_well`` says so."""
        if self.watchdog_seconds is None:
            yield
            return
        over = threading.Event()
        terms = (is_well, over, self.watchdog_seconds / _SHARE)
        thread = threading.Thread(target=self._watch, args=terms, name="watchdog", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _watch(self, is_well: Callable[[], bool], over: threading.Event, pause: float) -> None:
        while not over.is_set():
            if is_well():
                self._say("WATCHDOG=1")
            else:
                logger.warning("not well: the service manager is not told otherwise")
            over.wait(pause)

    def _say(self, *lines: str) -> None:
        if self._address is None:
            return
        # A name that begins with @ lies in no folder (abstract); the kernel knows it by a zero byte.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
                channel.settimeout(1.0)
                channel.sendto("\n".join(lines).encode(), address)
        except OSError as error:
            logger.warning("the service manager at %s does not listen: %s", self._address, error)
