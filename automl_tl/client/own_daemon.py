"""A daemon of one's own: started on a home, stopped in order."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from automl_tl.client.client import Client
from automl_tl.errors import NoDaemon

_START_SECONDS = 60.0
_STOP_SECONDS = 60.0
_LOOK_SECONDS = 0.1


class OwnDaemon:
    """``automl-tl serve`` on a free port of this machine, in a session of its own."""

    def __init__(
        self,
        home: Path,
        *,
        command: Sequence[str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start it and wait until it answers; raises NoDaemon with the end of its log where it does not.

        ``command`` (a module and its arguments) takes the place of ``automl-tl serve``; ``environment`` is
        added to this process's own.
        """
        home.mkdir(parents=True, exist_ok=True)
        self.log = home / "daemon.log"
        command = command or ("automl_tl.cli.main", "--home", str(home), "serve", "--port", "0")
        with self.log.open("ab") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *command],
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self.client = self._answering(home)
        except BaseException:
            self._end()
            raise

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def stop(self) -> None:
        """Stop it in order, and close the client."""
        try:
            self.client.close()
        finally:
            self._end()

    def kill(self) -> None:
        """SIGKILL, and nothing in order; what it had started dies with it."""
        self.client.close()
        self._process.kill()
        self._process.wait(timeout=_STOP_SECONDS)

    def _end(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=_STOP_SECONDS)

    def _answering(self, home: Path) -> Client:
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            with suppress(NoDaemon), ExitStack() as opened:
                client = opened.enter_context(Client(home=home))
                client.healthy()
                opened.pop_all()
                return client
            time.sleep(_LOOK_SECONDS)
        lines = self.log.read_text(errors="replace").splitlines()[-5:]
        raise NoDaemon("the daemon did not start; the end of its log:\n" + "\n".join(lines))
