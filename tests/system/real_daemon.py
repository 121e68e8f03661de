"""A daemon as a person starts it, on a home of its own, and what must be gone once it has stopped."""

import errno
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from patience import WAIT_SECONDS, until

from automl_tl.client.address import find_address
from automl_tl.client.client import Client
from automl_tl.errors import NoDaemon
from automl_tl.executors.ray_address import PoolAddress, PoolFolder, session
from automl_tl.settings import Home

SPACE = """
[space]
name = "two"
max_epochs = 3
[[candidate]]
source = "embedded:tiny_efficientnet"
[[candidate]]
source = "embedded:tiny_resnet"
"""


class RealDaemon:
    """``automl-tl serve`` on a free port; its temporary files go into a folder of its own.

    ``program`` is what Python runs in the place of ``automl-tl``; ``base`` is what it adds to.
    """

    def __init__(
        self,
        home: Path,
        *,
        environment: Mapping[str, str],
        program: Sequence[str] = ("-m", "automl_tl.cli.main"),
        base: Mapping[str, str] = os.environ,
    ) -> None:
        self.home = Home(root=home)
        self.temp = home.parent / "temp"
        self.temp.mkdir(exist_ok=True)
        command = [sys.executable, *program, "--home", str(home), "serve", "--port", "0"]
        with (home.parent / "daemon.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                env={**base, "TMPDIR": str(self.temp), **environment},
            )
        self._seen: set[psutil.Process] = set()
        self._shared: set[Path] = set()

    def client(self) -> Client:
        """A client of it, once it answers."""
        until(self._is_healthy, what="an answering daemon")
        return Client(home=self.home.root)

    def look(self) -> None:
        """Remember every process that is its own now."""
        self._seen.update(psutil.Process(self.process.pid).children(recursive=True))
        pool = PoolAddress.read(PoolFolder.of(self.home).address)
        if pool is not None:
            with suppress(psutil.NoSuchProcess):
                self._seen.update([psutil.Process(pool.keeper), *session(pool.keeper)])
        for process in self._seen:
            self._shared.update(_shared_memory(process))

    def stop(self) -> None:
        """Stop it in order; nothing of it may be left."""
        self.look()
        pool = PoolAddress.read(PoolFolder.of(self.home).address)
        address = urlsplit(find_address(url=None, home=self.home.root, token=None).url)
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(WAIT_SECONDS) == 0
        until(lambda: all(map(_has_ended, self._seen)), what="the end of all that it started")
        assert not (self.home.run / "daemon.json").exists()
        assert [p for p in self.home.root.rglob("*") if stat.S_ISSOCK(p.lstat().st_mode)] == []
        assert pool is None or not Path(pool.temp).exists()
        assert [path for path in self._shared if path.exists()] == []
        with socket.socket() as probe:
            assert probe.connect_ex((address.hostname, address.port)) == errno.ECONNREFUSED
        # torchvision imports torch's compiler, which makes the cache folder of its user, and never uses it
        assert [p for p in self.temp.iterdir() if not p.name.startswith("torchinductor_")] == []

    def end(self) -> None:
        """End it whatever happened."""
        self.process.kill()
        self.process.wait()

    def _is_healthy(self) -> bool:
        assert self.process.poll() is None, "the daemon ended"
        try:
            with Client(home=self.home.root) as client:
                client.healthy()
        except NoDaemon:
            return False
        return True


def _shared_memory(process: psutil.Process) -> set[Path]:
    """The segments by name that it maps; those without a name go with their last process."""
    try:
        maps = Path(f"/proc/{process.pid}/maps").read_text()
    except OSError:  # it has ended
        return set()
    paths = {line.split(maxsplit=5)[-1] for line in maps.splitlines() if "/dev/shm/" in line}
    return {Path(path) for path in paths if not path.endswith("(deleted)")}


def _has_ended(process: psutil.Process) -> bool:
    """Whether that very process runs no more, whoever may have its number now."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
