"""Sends one notice: to the address that was looked at, signed, without following anything."""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPResponse

from automl_tl.domain.destination import Allowed, Destination
from automl_tl.domain.webhook import Delivery, signature
from automl_tl.errors import AutomlError

SEND_SECONDS = 10.0
"""What one delivery may take, all of it, however a receiver lets its answer drip."""

_MOST_WORDS = 300

Resolve = Callable[[str, int], list[str]]


def addresses_of(host: str, port: int) -> list[str]:
    """What the name leads to now; raises OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def post(
    delivery: Delivery,
    *,
    allowed: Allowed,
    resolve: Resolve = addresses_of,
    seconds: float = SEND_SECONDS,
    clock: Callable[[], float] = time.time,
) -> str | None:
    """Send it; why that failed, None where it was taken (2xx).

    The name is looked up once, and the connection made to what was found and checked: a name that leads
    elsewhere a moment later changes nothing. A redirect is a failure.
    """
    deadline = _Deadline(seconds)
    try:
        to = allowed.destination(delivery.webhook.url)
        addresses = allowed.check_addresses(to, resolve(to.host, to.port))
        return _answer(delivery, to, address=addresses[0], deadline=deadline, timestamp=int(clock()))
    except AutomlError as error:
        return str(error)
    except (OSError, HTTPException, ValueError, IndexError) as error:
        return f"{type(error).__name__}: {error}"[:_MOST_WORDS]


def _answer(
    delivery: Delivery, to: Destination, *, address: str, deadline: "_Deadline", timestamp: int
) -> str | None:
    body = delivery.body.encode()
    headers = {
        "Host": to.host_header,
        "Content-Type": "application/json",
        "User-Agent": "automl-tl",
        "webhook-id": delivery.message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(
            body, id=delivery.message, timestamp=timestamp, secret=delivery.webhook.secret
        ),
    }
    connection = _Pinned(to, address=address, deadline=deadline)
    try:
        connection.connect()
        connection.sock.settimeout(deadline.left())  # of each part that is sent: there are two
        connection.request("POST", to.target, body=body, headers=headers)
        status = connection.getresponse().status
    finally:
        connection.close()
    return (
        None
        if 200 <= status < 300
        else f"it answered {status} {http.client.responses.get(status, '')}".strip()
    )


class _Deadline:
    """A moment by which everything is over; a socket's own timeout begins anew with each byte."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until then; raises TimeoutError when it has come."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"no answer within {self._seconds:g} s")
        return left


class _Pinned(HTTPConnection):
    """A connection to an address, under a name: the name is what the certificate has to have."""

    def __init__(self, to: Destination, *, address: str, deadline: _Deadline) -> None:
        super().__init__(to.host, to.port)
        self._to = to
        self._address = address
        self._deadline = deadline

    def response_class(self, sock: socket.socket, method: str | None = None) -> HTTPResponse:  # type: ignore[override]
        response = HTTPResponse(sock, method=method)
        response.fp.close()
        response.fp = io.BufferedReader(_Timely(sock, self._deadline))
        return response

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self._to.port), timeout=self._deadline.left())
        if self._to.scheme == "http":
            self.sock = plain
            return
        try:
            plain.settimeout(self._deadline.left())  # of the whole handshake
            self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self._to.host)
        except BaseException:
            plain.close()
            raise


class _Timely(io.RawIOBase):
    """What a socket receives until the deadline, however slowly it comes."""

    def __init__(self, sock: socket.socket, deadline: _Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        self._sock.settimeout(self._deadline.left())
        return self._sock.recv_into(buffer)
