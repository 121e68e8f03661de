"""Serving an app on a port or a socket until it is told to stop."""

import errno
import http.client
import logging
import os
import socket
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI

from automl_tl.errors import OperatorError, PortInUse, RequestError
from automl_tl.web.guard import LOOPBACK

GRACE_SECONDS = 5
BACKLOG = 256

_log = logging.getLogger(__name__)


def listen(*, host: str, port: int, has_keys: bool = False) -> socket.socket:
    """A bound socket; port 0 takes a free one. Raises PortInUse, RequestError (not loopback, and no keys)."""
    if host not in LOOPBACK and not has_keys:
        raise RequestError(
            f"host {host} is not loopback, and without a key nothing else is listened on: make one with"
            " automl-tl keys create"
        )
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    # Only of a socket that says it is TCP's does asyncio send a small answer at once: else each waits 40 ms.
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(f"port {port} of {host} is in use by another process: choose another") from None
        raise OperatorError(f"port {port} of {host} cannot be listened on: {error.strerror}") from None
    return listener


def address_of(listener: socket.socket) -> str:
    """The URL of what listens there."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # those two mean: every one of this machine
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve_app(
    app: FastAPI, *, host: str, port: int, started: Callable[[], None], stop: threading.Event
) -> None:
    """Serve until ``stop`` is set; ``app.state.url`` says where before ``started`` is called.

    Open streams are ended first, other requests get ``GRACE_SECONDS``. Raises PortInUse.
    """
    serve_on(listen(host=host, port=port), app, started=started, stop=stop)


def serve_on(
    listener: socket.socket,
    app: FastAPI,
    *,
    started: Callable[[], None],
    stop: threading.Event,
    now: threading.Event | None = None,
) -> None:
    """Serve on a socket that listens already; once ``now`` is set too, no request is waited for."""
    app.state.url = address_of(listener)
    _serve(app, listener, started=started, stop=stop, now=now)


def answers(url: str, *, seconds: float) -> bool:
    """Whether whatever serves there answers a request in time, with whatever status."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=seconds)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def serve_socket(app: FastAPI, *, path: Path, started: Callable[[], None], stop: threading.Event) -> None:
    """Serve on a Unix socket that only this user may open; a stale file there is replaced."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(mask)
    listener.listen(BACKLOG)
    try:
        _serve(app, listener, started=started, stop=stop)
    finally:
        path.unlink(missing_ok=True)


class _Server(uvicorn.Server):
    """Leaves signals to whoever owns the process, and says when it has started."""

    def __init__(self, config: uvicorn.Config, *, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell_started = started

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._tell_started()


def _serve(
    app: FastAPI,
    listener: socket.socket,
    *,
    started: Callable[[], None],
    stop: threading.Event,
    now: threading.Event | None = None,
) -> None:
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",
        access_log=False,  # it would write the page's token
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config, started=started)
    threading.Thread(
        target=_stop_when, args=(server, app, stop, now), name="server stop", daemon=True
    ).start()
    try:
        server.run(sockets=[listener])
    finally:
        listener.close()
    _log.info("server stopped")


def _stop_when(
    server: uvicorn.Server, app: FastAPI, stop: threading.Event, now: threading.Event | None
) -> None:
    stop.wait()
    parts = getattr(app.state, "parts", None)
    if parts is not None:
        parts.feed.close()
    server.should_exit = True
    if now is not None:
        now.wait()
        server.force_exit = True
