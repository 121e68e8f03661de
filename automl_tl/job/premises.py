"""What a running daemon has on disk: the home's lock, its address, its token."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from automl_tl.errors import HomeInUse
from automl_tl.settings import Home


@contextmanager
def occupied(home: Home) -> Iterator[None]:
    """Be the only daemon of this home; raises HomeInUse. The kernel unlocks it when the process dies."""
    home.run.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(home.run / "daemon.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
            raise HomeInUse(f"process {other} is the daemon of {home.root} already; stop it first") from None
        os.truncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        os.close(descriptor)


@contextmanager
def announced(home: Home, url: str) -> Iterator[None]:
    """Say where the daemon answers, for as long as it does."""
    path = home.run / "daemon.json"
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps({"url": url, "pid": os.getpid()}))
    draft.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def token_of(home: Home) -> str:
    """The home's token, made when it is absent; only its owner may read the file."""
    path = home.run / "token"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        if token := path.read_text().strip():
            return token
        descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC)
    with os.fdopen(descriptor, "w") as file:
        token = secrets.token_urlsafe(32)
        file.write(token)
    return token
