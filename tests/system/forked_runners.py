"""``automl-tl serve`` whose runners are forked by a warm process, so that what they import is paid once.

It is called as ``automl-tl`` is: ``python forked_runners.py --home HOME serve --port 0``. Each runner's place
is taken by ``python forked_runners.py ask``, which has one forked and ends as that ended.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

WAIT_SECONDS = 120.0


def ask(name: str, arguments: Sequence[str]) -> int:
    """Have a runner forked that says what it says where we would, and wait for it; its exit status."""
    deadline = time.monotonic() + WAIT_SECONDS
    with socket.socket(socket.AF_UNIX) as connection:
        while time.monotonic() < deadline:
            with suppress(ConnectionRefusedError):  # it still imports
                connection.connect(f"\0{name}")
                break
            time.sleep(0.05)
        socket.send_fds(connection, [json.dumps(arguments).encode()], [1])
        return int(connection.recv(16))


def keep_warm(name: str) -> None:
    """Fork a runner for each who asks, one after another."""
    from automl_tl.daemon.parent import die_with_parent

    die_with_parent()  # what follows takes seconds, and the daemon may be gone before

    import automl_tl.wiring.prove
    import automl_tl.wiring.worker  # noqa: F401  # torch, timm, transformers and scikit-learn

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0{name}")
        listener.listen()
        while True:
            connection, _ = listener.accept()
            with connection:
                said, (log,), _, _ = socket.recv_fds(connection, 4096, 1)
                runner = os.fork()
                if runner == 0:
                    run(json.loads(said), log=log)
                os.close(log)
                _, status = os.waitpid(runner, 0)
                connection.send(str(os.waitstatus_to_exitcode(status)).encode())


def run(arguments: Sequence[str], *, log: int) -> None:
    """Be the runner of a lease, to the end of this process."""
    from automl_tl.wiring import runner

    os.dup2(log, 1)
    os.dup2(log, 2)
    sys.argv = ["runner", *arguments]
    runner.main()


def serve(home: str) -> None:
    """Be the daemon."""
    from pathlib import Path

    from automl_tl.daemon.job_process import RUNNER, runner_command
    from automl_tl.domain.job import Lease
    from automl_tl.settings import Settings
    from automl_tl.wiring import supervisor

    name = f"automl-tl runners of process {os.getpid()}"
    settings = Settings(home=Path(home), port=0)
    usual = runner_command(settings.folders)

    def command(lease: Lease) -> list[str]:
        said = list(usual(lease))
        return [sys.executable, "-S", __file__, "ask", name, *said[said.index(RUNNER) + 1 :]]

    subprocess.Popen([sys.executable, __file__, "warm", name])
    supervisor.serve(settings, command=command)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["ask", name, *arguments]:
            sys.exit(ask(name, arguments))
        case ["warm", name]:
            keep_warm(name)
        case ["--home", home, "serve", "--port", "0"]:
            serve(home)
