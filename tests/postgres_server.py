"""A PostgreSQL server of the tests' own, reached by a socket in its own folder."""

import os
import pwd
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from patience import until

from automl_tl.upkeep.temporary import temporary_folder

_SWITCHES = "-c listen_addresses='' -c fsync=off -c max_connections=50 -c shared_buffers=16MB"


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address of a fresh server's only database; the server is gone afterwards."""
    with temporary_folder("automl-tl-postgres-") as folder:  # short: a socket's path has 107 bytes
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        _run("initdb", "-D", str(folder / "data"), "-U", "tester", "-A", "trust", "--no-sync")
        _start(folder)
        try:
            yield f"postgresql://tester@/postgres?host={folder}"
        finally:
            _stop(folder)


@contextmanager
def away(url: str) -> Iterator[None]:
    """The server of that address is gone, as if it had been killed, until the block ends."""
    folder = Path(url.partition("?host=")[2])
    _stop(folder)
    try:
        yield
    finally:
        _start(folder)


def _start(folder: Path) -> None:
    """Not by pg_ctl, whose server would outlive us where we are killed."""
    server = [*_as_postgres(), "postgres", "-D", f"{folder}/data", "-k", str(folder), *shlex.split(_SWITCHES)]
    with (folder / "log").open("ab") as log:
        subprocess.Popen(server, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
    status = ["pg_isready", "--quiet", "--host", str(folder)]
    until(lambda: subprocess.run(status, check=False).returncode == 0, what="a PostgreSQL server")


def _stop(folder: Path) -> None:
    _run("pg_ctl", "-D", str(folder / "data"), "-m", "immediate", "-w", "stop")


def _run(*command: str) -> None:
    done = subprocess.run(
        [*_as_postgres(), *command], capture_output=True, text=True, check=False, timeout=120, cwd="/"
    )
    assert done.returncode == 0, done.stderr


def _as_postgres() -> list[str]:
    """Ends with us; and PostgreSQL refuses to run as root."""
    mortal = ["setpriv", "--pdeathsig=QUIT"]
    if os.geteuid() != 0:
        return mortal
    user = pwd.getpwnam("postgres")
    return [*mortal, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
