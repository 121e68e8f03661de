"""A PostgreSQL server of the tests' own, reached by a socket in its own folder."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SWITCHES = "-c listen_addresses='' -c fsync=off -c max_connections=50 -c shared_buffers=16MB"


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address of a fresh server's only database; the server is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="automl-tl-postgres-"))  # short: a socket's path has 107 bytes
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data, log = folder / "data", folder / "log"
    try:
        _run("initdb", "-D", str(data), "-U", "tester", "-A", "trust", "--no-sync")
        _run("pg_ctl", "-D", str(data), "-l", str(log), "-o", f"-k {folder} {_SWITCHES}", "-w", "start")
        try:
            yield f"postgresql://tester@/postgres?host={folder}"
        finally:
            _run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(*command: str) -> None:
    done = subprocess.run(
        [*_as_postgres(), *command], capture_output=True, text=True, check=False, timeout=120, cwd="/"
    )
    assert done.returncode == 0, done.stderr


def _as_postgres() -> list[str]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam("postgres")
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
