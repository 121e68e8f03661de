"""One runner process as the scheduler sees it: started, asked to stop, killed, buried."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from automl_tl.daemon.lease import Heartbeat
from automl_tl.daemon.parent import child_command
from automl_tl.domain.job import Lease
from automl_tl.settings import Home

RUNNER = "automl_tl.wiring.runner"
Command = Callable[[Lease], Sequence[str]]

_LAST_LINES = 5
_LAST_BYTES = 8192


def runner_command(home: Home) -> Command:
    """How a lease's runner is started."""

    def command(lease: Lease) -> Sequence[str]:
        said = ["--home", str(home.root), "--job", lease.job]
        said += ["--fence", str(lease.fence), "--holder", lease.holder]
        return child_command(RUNNER, *said)

    return command


@dataclass(slots=True, kw_only=True)
class JobProcess:
    """A leased job, its runner and its heartbeat; ``wished`` is the monotonic second at which a person's wish
    was seen."""

    lease: Lease
    process: subprocess.Popen[bytes]
    heartbeat: Heartbeat
    log: Path
    claimed: float = field(default_factory=time.monotonic)
    wished: float | None = None
    is_asked: bool = False

    @classmethod
    def start(cls, lease: Lease, *, command: Command, log: Path, heartbeat: Heartbeat) -> "JobProcess":
        """Start the runner; what it says is appended to ``log``. Raises OSError."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            process = subprocess.Popen(
                command(lease),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        heartbeat.start()
        return cls(lease=lease, process=process, heartbeat=heartbeat, log=log)

    @property
    def seconds(self) -> float:
        """Since the claim."""
        return time.monotonic() - self.claimed

    def exit_code(self) -> int | None:
        """Negative: ended by that signal; None: it still runs."""
        return self.process.poll()

    def ask(self) -> None:
        """Ask it, once, to stop at its next step."""
        if not self.is_asked:
            self.is_asked = True
            self.process.terminate()

    def kill(self) -> None:
        """End it and its whole session now."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def last_words(self) -> str:
        """The end of its log, for people."""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - _LAST_BYTES))
            lines = log.read().decode(errors="replace").strip().splitlines()
        return "\n".join(lines[-_LAST_LINES:])
