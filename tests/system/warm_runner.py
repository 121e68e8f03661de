"""A process that has imported everything and forks a runner for each line it reads: imports are paid once.

Each line is a JSON list: what follows ``automl-tl``, or ``["resume", HOME]`` to take up the job that a dead
runner of that home left. It answers with the runner's pid, and with its exit status once it has ended.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path

import automl_tl.cli.run
import automl_tl.wiring.prove
import automl_tl.wiring.worker  # noqa: F401  # torch, timm and scikit-learn, before the first fork
from automl_tl.cli.main import main
from automl_tl.daemon.lease import expire_dead, holder_id
from automl_tl.settings import Settings
from automl_tl.wiring.adapters import store_of
from automl_tl.wiring.runner import run_job


def resume(home: Path) -> None:
    settings = Settings(home=home)
    store = store_of(settings)
    assert expire_dead(store) == 1
    lease = store.claim(holder=holder_id(), lease_seconds=60)
    assert lease is not None
    run_job(store, lease, settings, claimed=time.monotonic(), of_daemon=False)
    store.close()


def carry_out(words: list[str]) -> None:
    log = os.open("/dev/null" if len(sys.argv) < 2 else sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    if words[0] == "resume":
        resume(Path(words[1]))
    else:
        main(words)


def serve() -> None:
    assert threading.active_count() == 1  # a fork takes along the calling thread alone
    for line in sys.stdin:
        runner = os.fork()
        if runner == 0:
            carry_out(json.loads(line))
            sys.exit(0)
        print(runner, flush=True)
        _, status = os.waitpid(runner, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    serve()
