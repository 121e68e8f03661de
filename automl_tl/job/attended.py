"""A child process that is started again whenever it dies."""

import logging
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path

logger = logging.getLogger(__name__)

SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds before it is started again; doubled at every death
STOP_SECONDS = 10.0
_LOOK_SECONDS = 0.1


class Attended:
    """Runs ``command`` until told to stop; what it says is appended to ``log``.

    The child is started by a thread that lasts as long as it may, so it can ask to die with its parent.
    """

    def __init__(self, command: Sequence[str], *, name: str, log: Path) -> None:
        self._command = command
        self._name = name
        self._log = log
        self._over = threading.Event()
        self._now = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._attend, name=name, daemon=True)

    @property
    def pid(self) -> int | None:
        """The present child's."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End it, by force where it does not end by itself in time."""
        self._over.set()
        self._thread.join()

    def stop_now(self) -> None:
        """End it by force; who waits in ``stop`` goes on."""
        self._now.set()
        self._over.set()

    def _attend(self) -> None:
        pause = SHORTEST_PAUSE
        while not self._over.is_set():
            with self._log.open("ab") as output:
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
            logger.info("%s started as process %d", self._name, self._process.pid)
            self._await(self._process)
            if not self._over.is_set():
                logger.warning("%s ended with code %s", self._name, self._process.returncode)
                self._over.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    def _await(self, process: "subprocess.Popen[bytes]") -> None:
        while process.poll() is None:
            if self._over.wait(_LOOK_SECONDS):
                self._end(process)

    def _end(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + STOP_SECONDS
        process.terminate()
        while process.poll() is None:
            if self._now.wait(_LOOK_SECONDS) or time.monotonic() > deadline:
                process.kill()
                process.wait()
