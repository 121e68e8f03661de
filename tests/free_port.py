"""A port that stays free until its program binds it."""

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path

# Below the ports that Linux gives to outgoing connections, above those of Ray's workers.
_PORTS = range(20_000, 32_000)


@contextmanager
def free_port() -> Iterator[int]:
    """One that no other test takes while the block runs, and that the kernel gives to nobody unasked."""
    locks = Path(tempfile.gettempdir()) / f"automl-tl-test-ports-{os.getuid()}"
    locks.mkdir(exist_ok=True)
    for port in _PORTS:
        with (locks / str(port)).open("w") as lock:
            if _is_free(port, lock):
                yield port
                return
    raise AssertionError(f"none of {_PORTS} is free")


def _is_free(port: int, lock: TextIOWrapper) -> bool:
    """Whether it is neither another test's nor anybody's; it is this test's from then on."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
